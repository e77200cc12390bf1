# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Configurations and inputs on which a fast step is compared with the reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import functools
import itertools

import pytest
from sac_learner.algorithms.base import Algorithm
from sac_learner.algorithms.sac.noise import draw_noise, StepNoise
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.batch import Batch
from sac_learner.config import SacConfig
import torch

OBSERVATION_DIM, ACTION_DIM = 5, 3
STEPS = 60  # the actor's warm-up has 50
# Sizes that fill neither vectors nor tiles, so that padding is at work everywhere.
# Larger step sizes amplify rounding faster.
SMALL = SacConfig(
    hidden_dims=(40, 24),
    batch_size=20,
    utd_ratio=3,
    actor_lr=3e-4,
    critic_lr=3e-4,
    temperature_lr=3e-4,
)


def draw_inputs(
    config: SacConfig,
    steps: int,
    *,
    observation_dim: int = OBSERVATION_DIM,
    action_dim: int = ACTION_DIM,
) -> Iterator[tuple[Batch, StepNoise]]:
    """Sample batches from a fixed set of transitions whose reward depends on what was done."""
    generator = torch.Generator().manual_seed(7)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    stored = 2000
    observations, actions = normal(stored, observation_dim), torch.tanh(normal(stored, action_dim))
    rewards = observations[:, 0] * actions[:, 0] - actions.square().sum(-1)
    next_observations = 0.9 * observations + 0.1 * normal(stored, observation_dim)
    bootstrap = (torch.rand(stored, generator=generator) >= 0.05).float()
    for _ in range(steps):
        i = torch.randint(stored, (config.step_batch_size,), generator=generator)
        yield (
            Batch(
                observations=observations[i],
                actions=actions[i],
                rewards=rewards[i],
                next_observations=next_observations[i],
                bootstrap=bootstrap[i],
            ),
            draw_noise(config, action_dim, generator),
        )


@functools.cache
def course_of_reference(config: SacConfig) -> tuple[tuple[dict[str, float], ...], SacStep]:
    """Train the reference for `STEPS`, once for all tests: give its figures and how it ended."""
    reference = SacStep(config, OBSERVATION_DIM, ACTION_DIM)
    stats = []
    for batch, noise in draw_inputs(config, STEPS):
        reference.update(batch, noise)
        stats.append(reference.metrics())
    return tuple(stats), reference


def assert_follows(
    step: Algorithm, config: SacConfig, *, losses: float, weights: float, moments: float
) -> None:
    """Train a step as the reference was, and compare their figures and how they end.

    :param losses: largest difference of a figure, absolute or relative
    :param weights: largest difference of the weights at the end
    :param moments: likewise of the moments of Adam
    """
    stats, reference = course_of_reference(config)
    for (batch, noise), expected in zip(draw_inputs(config, STEPS), stats, strict=True):
        step.update(batch, noise)
        assert step.metrics() == pytest.approx(expected, rel=losses, abs=losses)
    assert difference(step, reference) < weights
    assert difference(step, reference, of=MOMENTS) < moments


WEIGHTS = ('actor.', 'critics.', 'target_critics.', 'log_alpha')
MOMENTS = tuple(
    f'{network}_adam.{moment}.'
    for network in ('actor', 'critic', 'temperature')
    for moment in ('mean', 'square')
)


def difference(a: Algorithm, b: Algorithm, *, of: tuple[str, ...] = WEIGHTS) -> float:
    """Give the largest distance of two tensors, relative to their length.

    :param of: how the names of the tensors begin
    """
    ours, theirs = a.state_dict(), b.state_dict()
    assert ours.keys() == theirs.keys()
    return max(
        float((ours[name] - theirs[name]).norm() / theirs[name].norm().clamp(min=1e-6))
        for name in ours
        if name.startswith(of)
    )


ACTIVATION_AND_Q = itertools.cycle(
    (('relu', 'mean'), ('tanh', 'min'), ('relu', 'min'), ('tanh', 'mean'), ('relu', 'mean'))
)
CASES = [
    replace(
        SMALL,
        num_critics=num_critics,
        layer_norm_critic=norm in ('critics', 'all'),
        layer_norm_actor=norm == 'all',
        backup_entropy=backup_entropy,
        activation=activation,
        actor_q=actor_q,
        warmup_steps=50 if num_critics == 10 else 0,
    )
    for (num_critics, norm, backup_entropy), (activation, actor_q) in zip(
        itertools.product((2, 10), ('no', 'critics', 'all'), (True, False)),
        ACTIVATION_AND_Q,
        strict=False,
    )
]
CASES += [
    replace(CASES[2], num_critics=3, layer_norm_actor=True, weight_decay=1.0),
    replace(CASES[2], num_critics=3, dropout=0.1),
    replace(CASES[0], activation='tanh', dropout=0.3, actor_q='min'),
]


def name_of(config: SacConfig) -> str:
    options = ''.join(
        f', {name} {value}'
        for name in ('weight_decay', 'dropout')
        if (value := getattr(config, name))
    )
    norms = config.layer_norm_critic + config.layer_norm_actor
    return (
        f'{config.num_critics} critics, {("no norm", "critic norm", "all norm")[norms]}, '
        f'entropy {config.backup_entropy}, {config.activation}, {config.actor_q}{options}'
    )
