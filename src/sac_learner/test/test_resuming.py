# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A learner continues from its directories as if it had never been away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import random

import pytest
from sac_learner.algorithms.base import Algorithm
from sac_learner.learner import Learner

from .fakes import make_batch
from .resumed_run import (
    assert_same,
    batch_number,
    captured,
    kill,
    native,
    reference,
    Run,
    state,
    train_all,
    undisturbed,
)

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize('make_step', [reference, native, captured])
@pytest.mark.parametrize('seed', range(3))
def test_killed_anywhere_it_computes_bit_for_bit_what_it_would_have(
    tmp_path: Path, make_step: Callable[..., Algorithm], seed: int
) -> None:
    batches, chance = 25, random.Random(seed)
    run = Run(tmp_path / 'run', make_step)
    learner, n, kills = run.open(), 0, 0
    while n < batches:
        event = chance.random()
        if event < 0.15:  # in the midst of the steps that the last batch calls for
            for _ in range(chance.randrange(7)):
                learner.train()
            kill(learner)
            learner, kills = run.open(), kills + 1
        elif event < 0.3:
            run.save(learner)  # also in the midst of what is taken in again
        elif learner.pending_recovered:
            learner.train()
        else:
            train_all(learner)
            learner.store(batch_number(n))
            n += 1
    train_all(learner)
    assert kills
    assert not run.warnings
    expected = undisturbed(tmp_path / 'other', make_step, batches)
    assert_same(state(learner), state(expected))
    assert learner.env_steps == 7 * batches
    kill(learner)
    kill(expected)


def test_on_a_clock_it_goes_on_bit_for_bit_from_where_the_checkpoint_was(tmp_path: Path) -> None:
    run = Run(tmp_path)
    learner = run.open(lockstep=False)
    for n in range(20):
        learner.store(batch_number(n))
        for _ in range(5):  # it does not keep up
            learner.train()
    run.save(learner)
    kill(learner)
    learners = [undisturbed_on_a_clock(tmp_path / 'other'), run.open()]
    for each in learners:
        each.store(batch_number(20))
        train_all(each)
    assert_same(state(learners[0]), state(learners[1]))
    assert learners[1].rate_limiter.state().forgiven == 0
    for each in learners:
        kill(each)


def undisturbed_on_a_clock(directory: Path) -> Learner:
    learner = Run(directory).open(lockstep=False)
    for n in range(20):
        learner.store(batch_number(n))
        for _ in range(5):
            learner.train()
    return learner


def test_without_a_checkpoint_the_stored_transitions_are_trained_on_again(tmp_path: Path) -> None:
    run = Run(tmp_path / 'run')
    learner = run.open()
    for n in range(10):
        learner.store(batch_number(n))
        train_all(learner)
    kill(learner)
    again = run.open()
    assert 'untrained networks with 70 stored transitions' in run.resumed
    assert (again.pending_recovered, again.env_steps) == (70, 0)
    train_all(again)
    expected = undisturbed(tmp_path / 'other', reference, 10)
    assert_same(state(again), state(expected))
    kill(again)
    kill(expected)


def test_on_a_clock_newer_transitions_count_at_once_and_the_debt_is_capped(tmp_path: Path) -> None:
    run = Run(tmp_path)
    learner = run.open(lockstep=False, max_debt_steps=30)
    for n in range(10):
        learner.store(batch_number(n))
        train_all(learner)
    run.save(learner)
    for n in range(10, 30):
        learner.store(batch_number(n))
        train_all(learner)
    steps, version = learner.algorithm.steps, learner.policy_version
    learner.store(batch_number(30))
    kill(learner)
    again = run.open()
    assert again.algorithm.steps < steps
    assert (again.pending_recovered, again.env_steps, len(again.replay)) == (0, 31 * 7, 31 * 7)
    assert again.rate_limiter.backlog() == 30
    assert again.policy_version > version
    assert again.new_policy().version == again.policy_version
    assert again.sequences.next_sequence(1) == 31 * 7
    kill(again)  # before anything is stored
    third = run.open()
    assert third.policy_version > again.policy_version
    kill(third)


def test_counters_and_sessions_go_on(tmp_path: Path) -> None:
    run = Run(tmp_path)
    learner = run.open()
    for n in (0, 1, 1, 3, 2):
        learner.store(batch_number(n))
    learner.store(make_batch(50, 10, session=2, oldest=50))
    learner.store(make_batch(70, 10, session=2, oldest=65))
    learner.store(make_batch(65, 10, session=2, oldest=65))
    train_all(learner)
    before = learner.stats(steps_per_second=0.0)
    learner.close()
    again = run.open()
    train_all(again)
    after = again.stats(steps_per_second=0.0)
    for name in ('env_steps', 'transitions_received', 'duplicates', 'lost', 'out_of_order'):
        assert getattr(after, name) == getattr(before, name), name
    assert (after.duplicates, after.lost, after.out_of_order) == (7, 5, 2)
    again.close()


def test_without_a_replay_on_disk_what_was_learned_goes_on(tmp_path: Path) -> None:
    run = Run(tmp_path)
    learner = run.open(replay_dir='')
    for n in range(10):
        learner.store(batch_number(n))
        train_all(learner)
    run.save(learner)
    again = run.open()
    assert_same(again.algorithm.state_dict(), learner.algorithm.state_dict())
    assert (again.env_steps, len(again.replay)) == (70, 0)
    assert again.store(batch_number(9)) == 0
    for n in range(10, 13):
        again.store(batch_number(n))
        train_all(again)
        # Nothing is drawn before there is as much as at the start of a run; then all is made up.
        assert again.algorithm.steps == (50 if n < 12 else 71)
    assert again.store(make_batch(200, 5, oldest=200)) == 5
    assert again.sequences.lost == 200 - 13 * 7, 'what its predecessor had in memory'
