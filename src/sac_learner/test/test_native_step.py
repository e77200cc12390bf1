# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The native step computes what the reference computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import itertools
import threading
import time

import pytest
from sac_learner.batch import Batch
from sac_learner.config import SacConfig
from sac_learner.native.native_step import NativeStep
from sac_learner.sac_step import SacStep
from sac_learner.step_protocol import draw_noise, HighUtdStep, StepNoise
import torch

pytestmark = pytest.mark.timeout(120)

OBSERVATION_DIM, ACTION_DIM = 5, 3
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


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def draw_inputs(
    config: SacConfig,
    steps: int,
    *,
    observation_dim: int = OBSERVATION_DIM,
    action_dim: int = ACTION_DIM,
    actor_lr=3e-4,  # a larger one amplifies rounding faster
) -> Iterator[tuple[Batch, StepNoise]]:
    """Sample batches from a fixed set of transitions whose reward depends on what was done."""
    generator = torch.Generator().manual_seed(7)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    stored = 2000
    observations, actions = normal(stored, observation_dim), torch.tanh(normal(stored, action_dim))
    rewards = observations[:, 0] * actions[:, 0] - actions.square().sum(-1)
    next_observations = 0.9 * observations + 0.1 * normal(stored, observation_dim)
    terminated = (torch.rand(stored, generator=generator) < 0.05).float()
    for _ in range(steps):
        i = torch.randint(stored, (config.step_batch_size,), generator=generator)
        yield (
            Batch(
                observations=observations[i],
                actions=actions[i],
                rewards=rewards[i],
                next_observations=next_observations[i],
                terminated=terminated[i],
            ),
            draw_noise(config, action_dim, generator),
        )


def difference(a: HighUtdStep, b: HighUtdStep) -> float:
    """Give the largest distance of two weight tensors, relative to their length."""
    ours, theirs = a.state_dict(), b.state_dict()
    assert ours.keys() == theirs.keys()
    return max(
        float((ours[name] - theirs[name]).norm() / theirs[name].norm().clamp(min=1e-6))
        for name in ours
        if name.startswith(('actor.', 'critics.', 'target_critics.', 'log_alpha'))
    )


# The order of sums differs, and so does rounding; training amplifies it a little.
LOSS_TOLERANCE = 1e-3
WEIGHT_TOLERANCE = 2e-3

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


def name_of(config: SacConfig) -> str:
    norms = config.layer_norm_critic + config.layer_norm_actor
    return (
        f'{config.num_critics} critics, {("no norm", "critic norm", "all norm")[norms]}, '
        f'entropy {config.backup_entropy}, {config.activation}, {config.actor_q}'
    )


@pytest.mark.parametrize('config', CASES, ids=name_of)
def test_native_step_follows_the_reference_for_200_steps(config: SacConfig) -> None:
    reference = SacStep(config, OBSERVATION_DIM, ACTION_DIM)
    native = NativeStep(config, OBSERVATION_DIM, ACTION_DIM, threads=2)
    for batch, noise in draw_inputs(config, 200):
        reference.step(batch, noise)
        native.step(batch, noise)
        assert native.metrics() == pytest.approx(
            reference.metrics(), rel=LOSS_TOLERANCE, abs=LOSS_TOLERANCE
        )
    assert difference(native, reference) < WEIGHT_TOLERANCE


def test_one_step_at_the_default_size_matches_the_reference_closely() -> None:
    config = SacConfig(utd_ratio=2)
    reference, native = SacStep(config, 17, 6), NativeStep(config, 17, 6, threads=2)
    for batch, noise in draw_inputs(config, 1, observation_dim=17, action_dim=6):
        reference.step(batch, noise)
        native.step(batch, noise)
    assert native.metrics() == pytest.approx(reference.metrics(), rel=1e-5)
    assert difference(native, reference) < 1e-5


@pytest.mark.parametrize(
    ('hidden_dims', 'action_dim'), [((7,), 1), ((33, 16, 48), 20), ((1, 64), 2)]
)
def test_any_number_and_width_of_layers_matches_the_reference(
    hidden_dims: tuple[int, ...], action_dim: int
) -> None:
    config = replace(SMALL, hidden_dims=hidden_dims)
    reference = SacStep(config, OBSERVATION_DIM, action_dim)
    native = NativeStep(config, OBSERVATION_DIM, action_dim)
    for batch, noise in draw_inputs(config, 20, action_dim=action_dim):
        reference.step(batch, noise)
        native.step(batch, noise)
    assert difference(native, reference) < WEIGHT_TOLERANCE


def test_results_are_bit_for_bit_the_same_for_any_number_of_threads() -> None:
    config = replace(SMALL, batch_size=100, num_critics=3)
    steps = [NativeStep(config, OBSERVATION_DIM, ACTION_DIM, threads=t) for t in (1, 2, 3, 7)]
    for batch, noise in draw_inputs(config, 20):
        for step in steps:
            step.step(batch, noise)
    expected = steps[0].state_dict()
    for step in steps[1:]:
        assert step.metrics() == steps[0].metrics()
        state = step.state_dict()
        assert all(torch.equal(state[name], expected[name]) for name in expected)


def test_state_moves_to_the_reference_and_back() -> None:
    config = replace(SMALL, num_critics=3, layer_norm_actor=True)
    native = NativeStep(config, OBSERVATION_DIM, ACTION_DIM)
    inputs = list(draw_inputs(config, 20))
    for batch, noise in inputs[:10]:
        native.step(batch, noise)
    reference = SacStep(replace(config, seed=1), OBSERVATION_DIM, ACTION_DIM)
    reference.load_state_dict(native.state_dict())
    resumed = NativeStep(replace(config, seed=2), OBSERVATION_DIM, ACTION_DIM)
    resumed.load_state_dict(reference.state_dict())

    assert resumed.steps == reference.steps == 10
    for batch, noise in inputs[10:]:
        for step in (native, reference, resumed):
            step.step(batch, noise)
    expected, state = native.state_dict(), resumed.state_dict()
    assert all(torch.equal(state[name], expected[name]) for name in expected)
    assert difference(native, reference) < WEIGHT_TOLERANCE


def test_own_noise_continues_from_a_saved_state() -> None:
    first = NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM)
    batch, _ = next(draw_inputs(SMALL, 1))
    first.step(batch)
    second = NativeStep(replace(SMALL, seed=5), OBSERVATION_DIM, ACTION_DIM)
    second.load_state_dict(first.state_dict())
    first.step(batch)
    second.step(batch)
    assert first.metrics() == second.metrics()


def test_policy_tensors_are_those_of_the_reference() -> None:
    ours = NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM).policy_tensors()
    theirs = SacStep(SMALL, OBSERVATION_DIM, ACTION_DIM).policy_tensors()
    assert list(ours) == list(theirs)
    assert all((ours[name] == theirs[name]).all() for name in theirs)


def test_no_threads_are_refused() -> None:
    with pytest.raises(ValueError, match=r'threads must be at least 1, got 0'):
        NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM, threads=0)


def test_metrics_are_empty_before_the_first_step() -> None:
    assert NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM).metrics() == {}


def test_batch_of_wrong_size_is_refused() -> None:
    step = NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM)
    batch, _ = next(draw_inputs(replace(SMALL, batch_size=21), 1))
    with pytest.raises(ValueError, match=r'batch must hold 60 transitions .* got 63'):
        step.step(batch)


def test_observations_of_wrong_type_are_refused() -> None:
    step = NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM)
    batch, noise = next(draw_inputs(SMALL, 1))
    with pytest.raises(ValueError, match=r'observations must be a torch.float32 tensor'):
        step.step(replace(batch, observations=batch.observations.double()), noise)


def test_target_critic_that_does_not_exist_is_refused() -> None:
    step = NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM)
    batch, noise = next(draw_inputs(SMALL, 1))
    with pytest.raises(ValueError, match=r'target_subset must be in 0..1'):
        step.step(batch, replace(noise, target_subset=noise.target_subset + 1))


def test_state_of_another_shape_is_refused_and_nothing_is_loaded() -> None:
    step = NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM)
    before = step.state_dict()
    other = SacStep(replace(SMALL, hidden_dims=(40, 25)), OBSERVATION_DIM, ACTION_DIM)
    with pytest.raises(ValueError, match=r'actor.hidden.1.weight'):
        step.load_state_dict(other.state_dict())
    after = step.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_other_python_threads_run_during_a_step() -> None:
    step = NativeStep(SacConfig(), OBSERVATION_DIM, ACTION_DIM)
    batch, noise = next(draw_inputs(SacConfig(), 1))
    turns, done = 0, threading.Event()

    def train() -> None:
        step.step(batch, noise)
        done.set()

    thread = threading.Thread(target=train)
    thread.start()
    while not done.is_set():
        turns += 1
        time.sleep(0)
    thread.join()
    assert turns > 100
