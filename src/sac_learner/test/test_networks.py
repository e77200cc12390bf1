# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Behavior of the actor and of the stacked critics."""

from __future__ import annotations

import pytest
from sac_learner.networks import Actor, Critics, LOG_STD_MAX, LOG_STD_MIN
import torch
from torch import nn
from torch.distributions import Independent, Normal, TanhTransform, TransformedDistribution

OBSERVATION_DIM, ACTION_DIM, HIDDEN_DIMS = 5, 3, (16, 8)


def make_actor(seed: int = 0, *, activation: str = 'relu', layer_norm: bool = False) -> Actor:
    return Actor(
        OBSERVATION_DIM,
        ACTION_DIM,
        hidden_dims=HIDDEN_DIMS,
        activation=activation,
        layer_norm=layer_norm,
        generator=torch.Generator().manual_seed(seed),
    )


def make_critics(
    seed: int = 0, *, num_critics: int = 4, activation: str = 'relu', layer_norm: bool = True
) -> Critics:
    return Critics(
        OBSERVATION_DIM,
        ACTION_DIM,
        num_critics=num_critics,
        hidden_dims=HIDDEN_DIMS,
        activation=activation,
        layer_norm=layer_norm,
        generator=torch.Generator().manual_seed(seed),
    )


def test_actor_weights_have_the_names_and_shapes_that_policies_travel_with() -> None:
    shapes = {n: tuple(w.shape) for n, w in make_actor(layer_norm=True).named_parameters()}
    assert shapes == {
        'hidden.0.weight': (5, 16),
        'hidden.0.bias': (16,),
        'hidden.0.norm.weight': (16,),
        'hidden.0.norm.bias': (16,),
        'hidden.1.weight': (16, 8),
        'hidden.1.bias': (8,),
        'hidden.1.norm.weight': (8,),
        'hidden.1.norm.bias': (8,),
        'mean.weight': (8, 3),
        'mean.bias': (3,),
        'log_std.weight': (8, 3),
        'log_std.bias': (3,),
    }


@pytest.mark.parametrize('activation', ['relu', 'tanh'])
@pytest.mark.parametrize('layer_norm', [True, False])
def test_each_stacked_critic_equals_a_separate_network(activation: str, layer_norm: bool) -> None:
    critics = make_critics(activation=activation, layer_norm=layer_norm)
    torch.manual_seed(1)
    with torch.no_grad():
        for weights in critics.parameters():
            weights.normal_(std=0.5)  # the gains and offsets of the norms too
    observations, actions = torch.randn(7, OBSERVATION_DIM), torch.rand(7, ACTION_DIM)
    values = critics.forward(observations, actions)
    assert values.shape == (4, 7)
    for i in range(4):
        member = separate_critic(critics, i, activation=activation, layer_norm=layer_norm)
        expected = member(torch.cat((observations, actions), dim=-1)).squeeze(-1)
        torch.testing.assert_close(values[i], expected, rtol=1e-5, atol=1e-6)


def separate_critic(
    critics: Critics, i: int, *, activation: str, layer_norm: bool
) -> nn.Sequential:
    layers: list[nn.Module] = []
    for dense in [*critics.hidden, critics.value]:
        linear = nn.Linear(*dense.weight.shape[1:])
        linear.weight.data, linear.bias.data = dense.weight.data[i].T, dense.bias.data[i]
        layers.append(linear)
        if dense is critics.value:
            break
        if layer_norm:
            norm = nn.LayerNorm(dense.weight.shape[-1])
            norm.weight.data, norm.bias.data = dense.norm.weight.data[i], dense.norm.bias.data[i]
            layers.append(norm)
        layers.append(nn.ReLU() if activation == 'relu' else nn.Tanh())
    return nn.Sequential(*layers)


def test_critics_of_one_ensemble_start_with_different_weights() -> None:
    weights = make_critics().hidden[0].weight
    assert not torch.equal(weights[0], weights[1])


def test_log_probability_is_that_of_the_squashed_gaussian() -> None:
    actor = make_actor()
    generator = torch.Generator().manual_seed(1)
    observations = torch.randn(64, OBSERVATION_DIM, generator=generator)
    noise = torch.randn(64, ACTION_DIM, generator=generator)
    actions, log_probs = actor.sample(observations, noise)
    mean, log_std = actor.forward(observations)
    squashed = TransformedDistribution(
        Independent(Normal(mean.double(), log_std.exp().double()), 1), [TanhTransform()]
    )
    torch.testing.assert_close(
        log_probs.double(), squashed.log_prob(actions.double()), rtol=1e-4, atol=1e-4
    )


def test_log_probability_and_its_gradient_stay_finite_where_tanh_saturates() -> None:
    actor = make_actor()
    with torch.no_grad():
        actor.mean.bias.fill_(50.0)
    _, log_probs = actor.sample(torch.zeros(2, OBSERVATION_DIM), torch.zeros(2, ACTION_DIM))
    gradients = torch.autograd.grad(log_probs.sum(), list(actor.parameters()))
    assert log_probs.isfinite().all()
    assert all(g.isfinite().all() for g in gradients)


@pytest.mark.parametrize(('bias', 'expected'), [(100.0, LOG_STD_MAX), (-100.0, LOG_STD_MIN)])
def test_log_std_stays_within_its_bounds(bias: float, expected: float) -> None:
    actor = make_actor()
    with torch.no_grad():
        actor.log_std.bias.fill_(bias)
    _, log_std = actor.forward(torch.zeros(1, OBSERVATION_DIM))
    assert (log_std == expected).all()


def test_actions_without_noise_are_the_squashed_mean() -> None:
    actor = make_actor(layer_norm=True, activation='tanh')
    observations = torch.ones(1, OBSERVATION_DIM)
    actions, _ = actor.sample(observations, torch.zeros(1, ACTION_DIM))
    torch.testing.assert_close(actions, torch.tanh(actor.forward(observations)[0]))


def test_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    same, other = make_actor(seed=0), make_actor(seed=1)
    for name, weights in make_actor(seed=0).named_parameters():
        assert torch.equal(weights, same.get_parameter(name))
        assert not torch.equal(weights, other.get_parameter(name))
