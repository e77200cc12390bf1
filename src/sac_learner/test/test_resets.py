# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Networks begin anew when it is due, the same for each kind of step and after a restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sac_learner.algorithms.base import Algorithm
from sac_learner.config import LearnerSettings, SacConfig
from sac_learner.learner import Learner
from sac_learner.resets import reset_is_due
import torch
from torch import Tensor

from .resumed_run import (
    assert_same,
    batch_number,
    captured,
    CONFIG,
    kill,
    native,
    reference,
    Run,
    SPEC,
    state,
    train_all,
)

STEPS: list[Callable[..., Algorithm]] = [reference, native, captured]
HIDDEN = ('actor.hidden', 'critics.hidden', 'target_critics.hidden')
LAST = ('actor.mean', 'actor.log_std', 'critics.value', 'target_critics.value')


def resetting(layers: str = 'last', *, seed: int = 0, period: int = 10) -> SacConfig:
    return replace(CONFIG, reset_period=period, reset_layers=layers, seed=seed)


def around_reset(
    make_step: Callable[..., Algorithm], config: SacConfig
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Train to a reset: the state it would have without one, and the state it has."""
    states = []
    for each in (replace(config, reset_period=0), config):
        settings = LearnerSettings(replay_capacity=100, training_starts=10, lockstep=True)
        learner = Learner(each, settings, SPEC, make_step(each))
        learner.store(batch_number(0, rows=10 + config.reset_period))
        train_all(learner)
        assert learner.algorithm.steps == config.reset_period
        states.append(learner.algorithm.state_dict())
    return states[0], states[1]


@pytest.mark.parametrize('make_step', STEPS)
def test_last_layers_and_optimizers_begin_anew_and_hidden_layers_stay(
    make_step: Callable[..., Algorithm],
) -> None:
    before, after = around_reset(make_step, resetting())
    for name, tensor in after.items():
        if name.startswith(LAST):
            assert not torch.equal(tensor, before[name]), name
        elif name.startswith(('actor_adam', 'critic_adam')):
            assert not tensor.any(), name
            assert before[name].any(), name
        else:
            assert torch.equal(tensor, before[name]), name
    assert torch.equal(after['target_critics.value.weight'], after['critics.value.weight'])


@pytest.mark.parametrize('make_step', STEPS)
def test_all_begins_anew_but_the_noise_and_the_count_of_steps(
    make_step: Callable[..., Algorithm],
) -> None:
    before, after = around_reset(make_step, resetting('all'))
    for name in ('steps', 'generator'):
        assert torch.equal(after[name], before[name])
    fresh = make_step(resetting('all')).state_dict()
    for name, tensor in after.items():
        if name.startswith((*HIDDEN, *LAST)) and 'norm' not in name:
            assert not torch.equal(tensor, before[name]), name
            assert not torch.equal(tensor, fresh[name]), name  # drawn anew
        elif name not in ('steps', 'generator'):
            assert torch.equal(tensor, fresh[name]), name


def test_new_weights_follow_from_the_seed_and_differ_at_each_reset() -> None:
    name = 'critics.value.weight'
    first = around_reset(reference, resetting())[1][name]
    assert torch.equal(first, around_reset(native, resetting())[1][name])
    assert not torch.equal(first, around_reset(reference, resetting(seed=1))[1][name])
    assert not torch.equal(first, around_reset(reference, resetting(period=5))[1][name])


@pytest.mark.parametrize('make_step', STEPS)
@pytest.mark.parametrize('saved_after', [4, 5])
def test_a_killed_learner_resets_when_it_would_have(
    tmp_path: Path, make_step: Callable[..., Algorithm], saved_after: int
) -> None:
    config = resetting()

    def train(learner: Learner, numbers: range) -> None:
        for number in numbers:
            learner.store(batch_number(number))
            train_all(learner)

    through = Run(tmp_path / 'one', make_step).open(config=config)
    through.new_policy()
    train(through, range(8))
    run = Run(tmp_path / 'two', make_step)
    learner = run.open(config=config)
    learner.new_policy()
    train(learner, range(saved_after))
    run.save(learner, config)
    train(learner, range(saved_after, 7))
    kill(learner)
    learner = run.open(config=config)
    train_all(learner)
    train(learner, range(7, 8))
    assert learner.algorithm.steps == through.algorithm.steps == 36
    assert_same(state(learner), state(through))


def test_nothing_is_due_before_the_first_step_or_without_a_period() -> None:
    assert [n for n in range(25) if reset_is_due(resetting(), n)] == [10, 20]
    assert not any(reset_is_due(CONFIG, n) for n in range(25))
