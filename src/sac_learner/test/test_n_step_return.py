# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Drawn transitions add up the rewards of their own episode, wherever its rows lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sac_core.transitions import TransitionBatch
from sac_learner.algorithms.sac.gpu.captured_step import CapturedStep
from sac_learner.config import SacConfig
from sac_learner.learner import Learner
from sac_learner.prior.mixing import Prior
from sac_learner.prior.prior_data import PriorData
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_rows import row_type, RowArray
from sac_learner.replay_storage import ReplayStorage

from .fakes import make_spec
from .resumed_run import (
    assert_same,
    captured,
    CONFIG,
    kill,
    native,
    reference,
    Run,
    state,
    train_all,
)
from .streams import Actor, drawn, make_learner

GAMMA = 0.5


def expected(rows: RowArray, n_step: int) -> dict[tuple[float, ...], tuple[float, ...]]:
    """For each observation what its transition must become, found by looking at all rows."""
    by_start = {tuple(row['observations'].tolist()): row for row in rows}
    wanted = {}
    for start, row in by_start.items():
        rewards, last = [float(row['rewards'])], row
        while len(rewards) < n_step and not (last['terminated'] or last['truncated']):
            following = by_start.get(tuple(last['next_observations'].tolist()))
            if following is None:
                break
            rewards.append(float(following['rewards']))
            last = following
        total = sum(GAMMA**i * reward for i, reward in enumerate(rewards))
        factor = 0.0 if last['terminated'] else GAMMA ** (len(rewards) - 1)
        wanted[start] = (total, factor, *last['next_observations'].tolist())
    return wanted


def newest(replay: ReplayBuffer) -> RowArray:
    numbers = np.arange(replay.total_added - len(replay), replay.total_added)
    rows: RowArray = replay.storage.rows[numbers % len(replay.storage.rows)]
    return rows


def check_all(replay: ReplayBuffer, n_step: int) -> None:
    wanted = expected(newest(replay), n_step)
    seen = dict(drawn(replay.sample(12 * len(replay))))
    assert len(seen) == len(wanted)
    for start, values in wanted.items():
        assert seen[start] == pytest.approx(values)


@pytest.mark.parametrize('n_step', [1, 2, 3, 7])
@pytest.mark.parametrize('capacity', [1000, 40, 23])
def test_sums_stay_in_the_episode_and_stream_of_several_actors(n_step: int, capacity: int) -> None:
    learner = make_learner(replace(CONFIG, n_step=n_step, discount=GAMMA), capacity)
    actors = [Actor(1), Actor(2), Actor(3)]
    chance = np.random.default_rng(0)
    for n in range(60):
        actor = actors[chance.integers(3)]
        ends = chance.choice(list('-tux'), size=chance.integers(1, 6), p=(0.7, 0.1, 0.1, 0.1))
        learner.store(actor.batch(''.join(ends)))
        if n % 5 == 4:
            check_all(learner.replay, n_step)
    assert learner.env_steps > 100


def one_draw(ends: str, *, n_step: int = 3) -> dict[tuple[float, ...], tuple[float, ...]]:
    learner = make_learner(replace(CONFIG, n_step=n_step, discount=GAMMA))
    learner.store(Actor(0).batch(ends))
    return dict(drawn(learner.replay.sample(500)))


def test_three_rewards_are_discounted_and_the_value_after_them_once_more() -> None:
    assert one_draw('-----')[(0, 0, 1)] == (1 + 0.5 * 2 + 0.25 * 3, 0.25, 0, 0, 4)


def test_nothing_counts_behind_a_terminated_transition() -> None:
    assert one_draw('--t--')[(0, 0, 1)] == (1 + 0.5 * 2, 0.0, 0, 0, 3)


def test_a_truncated_transition_is_the_last_and_its_value_counts() -> None:
    assert one_draw('--u--')[(0, 0, 1)] == (1 + 0.5 * 2, 0.5, 0, 0, 3)


def test_streams_and_ends_are_kept_apart_where_all_observations_are_the_same() -> None:
    learner = make_learner(replace(CONFIG, n_step=3, discount=GAMMA))
    actors = [Actor(1), Actor(2)]
    for n, ends in enumerate(('--', '---', '-u-', '--t', '---', '-')):
        batch = actors[n % 2].batch(ends)
        batch.rows.observations[:] = batch.rows.next_observations[:] = 0
        learner.store(batch)
    batch = learner.replay.sample(500)
    seen = set(zip(batch.rewards.tolist(), batch.bootstrap.tolist(), strict=True))
    # Rewards of the first actor: 1000 to 1003, the last truncated, then 1100 to 1103. Of the
    # second: 2000 to 2005, the last terminated, then 2100.
    first = [1000, 1001, 1002, 1003], [1100, 1101, 1102, 1103]
    second = [2000, 2001, 2002, 2003, 2004, 2005], [2100]
    wanted = set()
    for rewards in (*first, *second):
        for start in range(len(rewards)):
            part = rewards[start : start + 3]
            ends_there = part[-1] == 2005
            total = sum(GAMMA**i * reward for i, reward in enumerate(part))
            wanted.add((total, 0.0 if ends_there else GAMMA ** (len(part) - 1)))
    assert seen == wanted


def test_the_newest_transitions_bootstrap_from_what_there_is() -> None:
    assert one_draw('---')[(0, 0, 2)] == (2, 1.0, 0, 0, 3)


def test_sums_reach_over_batches_but_not_over_lost_rows() -> None:
    learner = make_learner(replace(CONFIG, n_step=3, discount=GAMMA))
    actor = Actor(0)
    for number in range(4):
        batch = actor.batch('--')
        if number != 2:
            learner.store(replace(batch, oldest_sequence=batch.first_sequence))
    seen = dict(drawn(learner.replay.sample(500)))
    assert seen[(0, 0, 1)] == (1 + 0.5 * 2 + 0.25 * 3, 0.25, 0, 0, 4)
    assert seen[(0, 0, 3)] == (3, 1.0, 0, 0, 4)  # what came behind it was never received


def test_a_batch_that_comes_twice_counts_once() -> None:
    learner = make_learner(replace(CONFIG, n_step=3, discount=GAMMA))
    actor = Actor(0)
    first = actor.batch('---')
    for batch in (first, first, actor.batch('---')):
        learner.store(batch)
    assert learner.env_steps == 6
    check_all(learner.replay, 3)


def test_one_step_draws_what_was_drawn_before_there_were_more() -> None:
    storage = ReplayStorage.in_memory(100, 3, 2)
    plain, several = ReplayBuffer(storage, seed=3), ReplayBuffer(storage, seed=3, n_step=3)
    rows = Actor(0).batch('-' * 50).rows
    plain.add_batch(
        **{name: getattr(rows, name) for name in storage.rows.dtype.names or ()},
    )
    several.append_recovered(50)
    assert (plain.sample(20).observations == several.sample(20).observations).all()


def test_prior_data_adds_up_within_its_recordings() -> None:
    actors, rows = [Actor(1), Actor(2)], []
    for actor in actors:
        batch = actor.batch('-----u--t-x---')
        part = np.zeros(len(batch.rows), row_type(3, 2))
        for name in part.dtype.names or ():
            part[name] = getattr(batch.rows, name)
        rows.append(part)
    stored = np.delete(np.concatenate(rows), 3)  # one is not there
    config = SacConfig(n_step=4, discount=GAMMA)
    prior = Prior(PriorData(make_spec(), stored, 0), config)
    sums = prior.draw(2000)
    seen = {
        tuple(row['observations'].tolist()): (
            float(row['rewards']),
            float(factor),
            *row['next_observations'].tolist(),
        )
        for row, factor in zip(sums.rows, sums.bootstrap, strict=True)
    }
    assert seen == expected(stored, 4)


@pytest.mark.parametrize('change', [{'n_step': 3}, {'terminal_return_steps': 4}])
@pytest.mark.parametrize('make_step', [reference, native, captured])
def test_a_killed_learner_goes_on_with_the_same_sums_bit_for_bit(
    tmp_path: Path, make_step: type, change: dict[str, int]
) -> None:
    config = replace(CONFIG, **change)  # type: ignore[arg-type]

    def batches() -> list[TransitionBatch]:
        actors = [Actor(1), Actor(2)]
        return [actors[n % 2].batch('--tu-' if n % 3 else '-----') for n in range(12)]

    def train(learner: Learner, part: list[TransitionBatch]) -> None:
        for batch in part:
            learner.store(batch)
            train_all(learner)

    through = Run(tmp_path / 'one', make_step).open(config=config)
    through.new_policy()
    train(through, batches())
    run = Run(tmp_path / 'two', make_step)
    learner = run.open(config=config)
    learner.new_policy()
    train(learner, batches()[:5])
    run.save(learner, config)
    train(learner, batches()[5:8])
    kill(learner)
    learner = run.open(config=config)
    train_all(learner)
    train(learner, batches()[8:])
    assert learner.algorithm.steps == through.algorithm.steps == 40
    assert_same(state(learner), state(through))


@pytest.mark.parametrize('change', [{'n_step': 3}, {'terminal_return_steps': 4}])
def test_a_gpu_step_gets_its_batches_from_the_host(change: dict[str, int]) -> None:
    config = replace(CONFIG, discount=GAMMA, normalize_observations=False, **change)  # type: ignore[arg-type]
    step = captured(config)
    assert isinstance(step, CapturedStep)
    learner, twin = (
        Learner(config, make_learner(config).settings, make_spec(), each)
        for each in (step, reference(config))
    )
    for each in (learner, twin):
        each.store(Actor(0).batch('----t----u' * 3))
        train_all(each)
    assert step.steps == twin.algorithm.steps == 10
    ours, theirs = step.policy_tensors(), twin.algorithm.policy_tensors()
    assert all(ours[name] == pytest.approx(theirs[name], abs=1e-5) for name in theirs)
