# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The native step computes what the reference computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import threading
import time

import pytest
from sac_learner.algorithms.sac.native.native_step import NativeStep
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.config import SacConfig
import torch

from .step_cases import (
    ACTION_DIM,
    assert_follows,
    CASES,
    difference,
    draw_inputs,
    name_of,
    OBSERVATION_DIM,
    SMALL,
)

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


# The order of sums differs, and so does rounding; training amplifies it a little. Measured: 2e-7,
# 3e-6 and 9e-6.
LOSS_TOLERANCE = 1e-4
WEIGHT_TOLERANCE = 1e-4
MOMENT_TOLERANCE = 1e-3


@pytest.mark.parametrize('config', CASES, ids=name_of)
def test_native_step_follows_the_reference(config: SacConfig) -> None:
    native = NativeStep(config, OBSERVATION_DIM, ACTION_DIM, threads=2)
    assert_follows(
        native,
        config,
        losses=LOSS_TOLERANCE,
        weights=WEIGHT_TOLERANCE,
        moments=MOMENT_TOLERANCE,
    )


def test_one_step_at_the_default_size_matches_the_reference_closely() -> None:
    config = SacConfig(utd_ratio=2)
    reference, native = SacStep(config, 17, 6), NativeStep(config, 17, 6, threads=2)
    for batch, noise in draw_inputs(config, 1, observation_dim=17, action_dim=6):
        reference.update(batch, noise)
        native.update(batch, noise)
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
        reference.update(batch, noise)
        native.update(batch, noise)
    assert difference(native, reference) < WEIGHT_TOLERANCE


def test_critics_of_equal_value_share_the_gradient_as_in_the_reference() -> None:
    config = replace(SMALL, actor_q='min', num_critics=3, critic_lr=1e-12)
    reference = SacStep(config, OBSERVATION_DIM, ACTION_DIM)
    state = reference.state_dict()
    state['critics.value.bias'][:2] = -1e9  # in float32 nothing else is left of their values
    reference.load_state_dict(state)
    native = NativeStep(config, OBSERVATION_DIM, ACTION_DIM)
    native.load_state_dict(state)
    for batch, noise in draw_inputs(config, 1):
        reference.update(batch, noise)
        native.update(batch, noise)
    assert difference(native, reference) < 1e-5


def test_results_are_bit_for_bit_the_same_for_any_number_of_threads() -> None:
    config = replace(SMALL, batch_size=100, num_critics=3, dropout=0.1)
    steps = [NativeStep(config, OBSERVATION_DIM, ACTION_DIM, threads=t) for t in (1, 2, 3, 7)]
    for batch, noise in draw_inputs(config, 20):
        for step in steps:
            step.update(batch, noise)
    expected = steps[0].state_dict()
    for step in steps[1:]:
        assert step.metrics() == steps[0].metrics()
        state = step.state_dict()
        assert all(torch.equal(state[name], expected[name]) for name in expected)


def test_state_moves_to_the_reference_and_back() -> None:
    config = replace(SMALL, num_critics=3, layer_norm_actor=True, dropout=0.1, weight_decay=0.1)
    native = NativeStep(config, OBSERVATION_DIM, ACTION_DIM)
    inputs = list(draw_inputs(config, 20))
    for batch, noise in inputs[:10]:
        native.update(batch, noise)
    reference = SacStep(replace(config, seed=1), OBSERVATION_DIM, ACTION_DIM)
    reference.load_state_dict(native.state_dict())
    resumed = NativeStep(replace(config, seed=2), OBSERVATION_DIM, ACTION_DIM)
    resumed.load_state_dict(reference.state_dict())

    assert resumed.steps == reference.steps == 10
    for batch, noise in inputs[10:]:
        for step in (native, reference, resumed):
            step.update(batch, noise)
    expected, state = native.state_dict(), resumed.state_dict()
    assert all(torch.equal(state[name], expected[name]) for name in expected)
    assert difference(native, reference) < WEIGHT_TOLERANCE


def test_own_noise_continues_from_a_saved_state() -> None:
    first = NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM)
    batch, _ = next(draw_inputs(SMALL, 1))
    first.update(batch)
    second = NativeStep(replace(SMALL, seed=5), OBSERVATION_DIM, ACTION_DIM)
    second.load_state_dict(first.state_dict())
    first.update(batch)
    second.update(batch)
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
        step.update(batch)


def test_observations_of_wrong_type_are_refused() -> None:
    step = NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM)
    batch, noise = next(draw_inputs(SMALL, 1))
    with pytest.raises(ValueError, match=r'observations must be a torch.float32 tensor'):
        step.update(replace(batch, observations=batch.observations.double()), noise)


def test_target_critic_that_does_not_exist_is_refused() -> None:
    step = NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM)
    batch, noise = next(draw_inputs(SMALL, 1))
    with pytest.raises(ValueError, match=r'target_subset must be in 0..1'):
        step.update(batch, replace(noise, target_subset=noise.target_subset + 1))


def test_dropout_without_a_key_is_refused() -> None:
    step = NativeStep(replace(SMALL, dropout=0.1), OBSERVATION_DIM, ACTION_DIM)
    batch, noise = next(draw_inputs(SMALL, 1))
    with pytest.raises(ValueError, match=r'dropout 0\.1 needs a dropout_key'):
        step.update(batch, noise)


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
        step.update(batch, noise)
        done.set()

    thread = threading.Thread(target=train)
    thread.start()
    while not done.is_set():
        turns += 1
        time.sleep(0)
    thread.join()
    assert turns > 100
