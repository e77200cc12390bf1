# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Behavior of the reference learner step."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sac_learner.algorithms.base import Algorithm
from sac_learner.algorithms.sac.dropout import layer_keys, unit_factors
from sac_learner.algorithms.sac.noise import draw_noise
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.batch import Batch
from sac_learner.config import SacConfig
import torch
from torch import Tensor

from .separate_step import SeparateStep

OBSERVATION_DIM, ACTION_DIM = 4, 2
SMALL = {'hidden_dims': (16, 16), 'batch_size': 8, 'utd_ratio': 2}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def make_step(**choices: object) -> SacStep:
    return SacStep(SacConfig(**{**SMALL, **choices}), OBSERVATION_DIM, ACTION_DIM)


def targets_of(step: SacStep, batch: Batch) -> Tensor:
    """Give what the critics would learn from a batch of one critic update."""
    noise = draw_noise(step.config, ACTION_DIM, torch.Generator().manual_seed(1))
    return step.targets(batch, noise.next_action_noise[0], noise.target_subset[0])


def make_batch(size: int, *, seed: int = 0, bootstrap: float | None = None) -> Batch:
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    goes_on = (torch.rand(size, generator=generator) >= 0.3).float()
    return Batch(
        observations=normal(size, OBSERVATION_DIM),
        actions=normal(size, ACTION_DIM).tanh(),
        rewards=normal(size),
        next_observations=normal(size, OBSERVATION_DIM),
        bootstrap=goes_on if bootstrap is None else torch.full((size,), bootstrap),
    )


def assert_same_state(a: Algorithm, b: Algorithm) -> None:
    states = a.state_dict(), b.state_dict()
    assert states[0].keys() == states[1].keys()
    for name, tensor in states[0].items():
        assert torch.equal(tensor, states[1][name]), name


# What the critics learn from


def test_terminated_transition_has_its_reward_as_target() -> None:
    step = make_step(utd_ratio=1)
    batch = make_batch(8, bootstrap=0.0)
    assert torch.equal(targets_of(step, batch), batch.rewards)


def test_target_adds_the_discounted_minimum_of_the_subset_less_the_entropy_term() -> None:
    step = make_step(
        utd_ratio=1, num_critics=5, target_subset=2, discount=0.9, init_temperature=0.3
    )
    batch = make_batch(8)
    noise = draw_noise(step.config, ACTION_DIM, torch.Generator().manual_seed(1))
    with torch.no_grad():
        actions, log_probs = step.actor.sample(batch.next_observations, noise.next_action_noise[0])
        q_values = step.target_critics.forward(batch.next_observations, actions)
        first, second = (q_values[int(i)] for i in noise.target_subset[0])
        value = torch.minimum(first, second) - 0.3 * log_probs
        expected = batch.rewards + 0.9 * batch.bootstrap * value
    torch.testing.assert_close(targets_of(step, batch), expected)


def test_without_entropy_backup_the_temperature_does_not_enter_the_target() -> None:
    targets = []
    for temperature in (0.01, 1.0):
        step = make_step(utd_ratio=1, backup_entropy=False, init_temperature=temperature)
        targets.append(targets_of(step, make_batch(8)))
    assert torch.equal(*targets)


def test_critics_converge_to_the_discounted_sum_of_a_constant_reward() -> None:
    step = make_step(backup_entropy=False, discount=0.5, critic_lr=1e-2, tau=0.1)
    batch = make_batch(16, bootstrap=1.0)
    batch.rewards.fill_(1.0)
    for _ in range(200):
        step.update(batch)
    assert step.metrics()['q_mean'] == pytest.approx(2.0, abs=0.05)


def test_targets_follow_the_critics_by_tau_at_each_update() -> None:
    step = make_step(utd_ratio=1, tau=0.25)
    before = {n: w.clone() for n, w in step.target_critics.named_parameters()}
    step.update(make_batch(8))
    for name, critic in step.critics.named_parameters():
        target = step.target_critics.get_parameter(name)
        torch.testing.assert_close(target, 0.75 * before[name] + 0.25 * critic)


def test_subset_of_targets_is_drawn_without_replacement_and_reaches_every_critic() -> None:
    config = SacConfig(num_critics=10, target_subset=2, utd_ratio=500, batch_size=1)
    subset = draw_noise(config, 1, torch.Generator().manual_seed(0)).target_subset
    assert subset.shape == (500, 2)
    assert (subset[:, 0] != subset[:, 1]).all()
    counts = torch.bincount(subset.flatten(), minlength=10)
    assert ((counts - 100).abs() < 5 * 10).all()


# The step as a whole, against a step written in another way


@pytest.mark.parametrize(
    'choices',
    [
        {},
        {'layer_norm_critic': False, 'backup_entropy': False, 'actor_q': 'min'},
        {'num_critics': 10, 'layer_norm_actor': True, 'activation': 'tanh', 'warmup_steps': 50},
        {'num_critics': 10, 'layer_norm_critic': False, 'backup_entropy': False},
        {'dropout': 0.2, 'num_critics': 3},
        {'weight_decay': 1.0, 'layer_norm_actor': True, 'warmup_steps': 50},
    ],
    ids=str,
)
def test_matches_autograd_with_separate_critics_and_torch_adam_over_50_steps(
    choices: dict[str, object],
) -> None:
    step = make_step(**choices)
    twin = SeparateStep(step)
    generator = torch.Generator().manual_seed(7)
    for i in range(50):
        batch = make_batch(16, seed=i)
        noise = draw_noise(step.config, ACTION_DIM, generator)
        step.update(batch, noise)
        twin.update(batch, noise)
    for name, weights in twin.weights().items():
        torch.testing.assert_close(
            step.state_dict()[name],
            weights,
            rtol=1e-3,
            atol=2e-4,
            msg=lambda text, name=name: f'{name}: {text}',
        )


# Learning


def test_learns_the_best_action_of_a_one_step_task() -> None:
    step = make_step(
        hidden_dims=(32, 32),
        batch_size=32,
        actor_lr=3e-3,
        critic_lr=3e-3,
        temperature_lr=3e-3,
        target_entropy_per_dim=-3.0,
    )
    generator = torch.Generator().manual_seed(0)
    best = torch.tensor([0.5, -0.3])
    for _ in range(400):
        observations = torch.randn(64, OBSERVATION_DIM, generator=generator)
        actions = torch.rand(64, ACTION_DIM, generator=generator) * 2 - 1
        step.update(
            Batch(
                observations,
                actions,
                -(actions - best).square().sum(-1),
                observations,
                torch.zeros(64),
            )
        )
    mean_actions, _ = step.actor.sample(
        torch.randn(64, OBSERVATION_DIM, generator=generator), torch.zeros(64, ACTION_DIM)
    )
    assert (mean_actions - best).abs().mean() < 0.1


@pytest.mark.parametrize(('entropy_per_dim', 'rises'), [(100.0, True), (-100.0, False)])
def test_temperature_moves_towards_the_target_entropy(entropy_per_dim: float, rises: bool) -> None:
    step = make_step(init_temperature=0.1)
    step.target_entropy = entropy_per_dim * ACTION_DIM
    step.update(make_batch(16))
    assert (step.metrics()['temperature'] > 0.1) == rises


def test_warm_up_begins_with_its_share_of_the_step_size() -> None:
    step = make_step(utd_ratio=1, warmup_steps=100, critic_lr=1e-2)
    before = step.critics.value.bias.detach().clone()
    step.update(make_batch(8))
    # Adam's first step has the length of its step size.
    moved = (step.critics.value.bias.detach() - before).abs()
    torch.testing.assert_close(moved, torch.full_like(moved, 1e-4), rtol=1e-3, atol=1e-7)


# Reproduction and continuation


def test_same_seed_gives_the_same_weights_bit_for_bit() -> None:
    first, second = make_step(seed=3), make_step(seed=3)
    for i in range(5):
        first.update(make_batch(16, seed=i))
        second.update(make_batch(16, seed=i))
    assert_same_state(first, second)


def test_noise_handed_in_gives_what_the_own_generator_would() -> None:
    own, handed = make_step(seed=3), make_step(seed=3)
    generator = torch.Generator().manual_seed(3)
    for i in range(3):
        own.update(make_batch(16, seed=i))
        handed.update(make_batch(16, seed=i), draw_noise(handed.config, ACTION_DIM, generator))
    assert own.metrics() == handed.metrics()


def test_restored_step_continues_bit_for_bit() -> None:
    first = make_step(seed=3, warmup_steps=20)
    for i in range(5):
        first.update(make_batch(16, seed=i))
    restored = make_step(seed=4, warmup_steps=20)
    restored.load_state_dict(first.state_dict())
    assert restored.steps == 5
    for i in range(5, 10):
        first.update(make_batch(16, seed=i))
        restored.update(make_batch(16, seed=i))
    assert_same_state(first, restored)


def test_state_of_other_networks_is_refused_by_name_and_changes_nothing() -> None:
    step, untouched = make_step(), make_step()
    with pytest.raises(
        ValueError,
        match=r'critics\.hidden\.0\.weight .*have \(2, 6, 16\), '
        r'given \(3, 6, 16\)',
    ):
        step.load_state_dict(make_step(num_critics=3, seed=1).state_dict())
    incomplete = make_step(seed=1).state_dict()
    del incomplete['log_alpha']
    with pytest.raises(ValueError, match=r'log_alpha \(have \(\), given none\)'):
        step.load_state_dict(incomplete)
    assert_same_state(step, untouched)


def test_state_and_policy_are_copies() -> None:
    step = make_step()
    state, policy = step.state_dict(), step.policy_tensors()
    kept = {n: t.clone() for n, t in state.items()}, {n: w.copy() for n, w in policy.items()}
    step.update(make_batch(16))
    assert all(torch.equal(state[n], t) for n, t in kept[0].items())
    assert all((policy[n] == w).all() for n, w in kept[1].items())
    assert any((step.policy_tensors()[n] != w).any() for n, w in policy.items())


@pytest.mark.parametrize('rate', [0.01, 0.1, 0.5])
def test_dropout_drops_its_share_and_scales_up_what_stays(rate: float) -> None:
    config = SacConfig(hidden_dims=(64, 32), dropout=rate, num_critics=3)
    keys = layer_keys(config, torch.tensor(2**32 - 5))
    assert keys.unique().numel() == keys.numel()  # of each layer, critic and pass
    factors = unit_factors(config, keys[3], 500)
    assert [each.shape for each in factors] == [(3, 500, 64), (3, 500, 32)]
    for each in factors:
        dropped = (each == 0).float()
        spread = (rate * (1 - rate)) ** 0.5
        assert abs(dropped.mean().item() - rate) < 5 * spread / each.numel() ** 0.5
        assert each[each > 0] == pytest.approx(1 / (1 - rate))
        for across in (0, 1, 2):  # no unit, row or critic is dropped more often than by chance
            share = dropped.movedim(across, 0).flatten(1).mean(dim=1)
            assert (share - rate).abs().max() < 5 * spread / (each.numel() / len(share)) ** 0.5


def test_dropout_without_a_key_is_refused() -> None:
    step = make_step(dropout=0.1)
    noise = draw_noise(SacConfig(**SMALL), ACTION_DIM, torch.Generator())
    with pytest.raises(ValueError, match=r'dropout 0\.1 needs a dropout_key'):
        step.update(make_batch(16), noise)


def test_batch_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r'batch must hold 16 transitions .* got 8'):
        make_step().update(make_batch(8))


def test_metrics_are_finite_numbers_for_each_loss() -> None:
    step = make_step()
    assert step.metrics() == {}
    step.update(make_batch(16))
    metrics = step.metrics()
    assert metrics.keys() == {
        'critic_loss',
        'actor_loss',
        'temperature_loss',
        'temperature',
        'entropy',
        'q_mean',
    }
    assert all(torch.tensor(v).isfinite() for v in metrics.values())
