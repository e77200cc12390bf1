# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Shortly before a termination the target is what came, everywhere else an estimate as ever."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sac_learner.config import SacConfig
from sac_learner.prior.mixing import Prior
from sac_learner.prior.prior_data import PriorData
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_rows import row_type, RowArray

from .fakes import make_spec
from .resumed_run import CONFIG
from .streams import Actor, drawn, make_learner

GAMMA = 0.5
Sums = dict[tuple[float, ...], tuple[float, float]]  # of each observation: reward, bootstrap


def sums_of(replay: ReplayBuffer) -> Sums:
    return {start: values[:2] for start, values in drawn(replay.sample(40 * len(replay) + 400))}


def stored(*words: str, steps: int = 3, n_step: int = 1) -> Sums:
    config = replace(CONFIG, terminal_return_steps=steps, n_step=n_step, discount=GAMMA)
    learner, actor = make_learner(config), Actor(0)
    for ends in words:
        learner.store(actor.batch(ends))
    return sums_of(learner.replay)


def test_the_last_steps_before_a_termination_get_the_return_that_came() -> None:
    sums = stored('-----t--')
    assert [sums[(0, 0, step)] for step in range(6)] == [
        (0, 1), (1, 1), (2, 1), (3 + 0.5 * 4 + 0.25 * 5, 0), (4 + 0.5 * 5, 0), (5, 0),
    ]  # fmt: skip
    assert sums[(0, 1, 0)] == (100, 1)


def test_a_truncated_episode_is_estimated_to_its_end() -> None:
    assert {bootstrap for _, bootstrap in stored('----u').values()} == {1}


def test_without_the_parameter_nothing_changes() -> None:
    assert stored('---t', steps=0)[(0, 0, 2)] == (2, 1)


def test_returns_reach_over_batches_but_not_over_the_begin_of_their_episode() -> None:
    sums = stored('t-', '-', 't', steps=9)
    assert sums[(0, 0, 0)] == (0, 0)
    assert sums[(0, 1, 0)] == (100 + 0.5 * 101 + 0.25 * 102, 0)


def test_returns_do_not_reach_over_an_episode_that_was_given_up_without_a_word() -> None:
    sums = stored('--x-t', steps=9)
    assert [sums[(0, 0, step)] for step in range(3)] == [(0, 1), (1, 1), (2, 1)]
    assert sums[(0, 1, 0)] == (100 + 0.5 * 101, 0)


def test_returns_do_not_reach_over_lost_rows() -> None:
    learner = make_learner(replace(CONFIG, terminal_return_steps=9, discount=GAMMA))
    actor = Actor(0)
    for number in range(3):
        batch = actor.batch('--' if number < 2 else 't')
        if number != 1:
            learner.store(replace(batch, oldest_sequence=batch.first_sequence))
    sums = sums_of(learner.replay)
    assert sums[(0, 0, 1)] == (1, 1)
    assert sums[(0, 0, 4)] == (4, 0)


def test_with_n_steps_the_others_still_add_up_theirs() -> None:
    sums = stored('-----t', steps=2, n_step=2)
    assert sums[(0, 0, 0)] == (0 + 0.5 * 1, 0.5)
    assert sums[(0, 0, 4)] == (4 + 0.5 * 5, 0)


def looked_up(rows: RowArray, steps: int) -> Sums:
    """The same, found by looking at all rows."""
    by_start = {tuple(row['observations'].tolist()): row for row in rows}
    sums: Sums = {}
    for start, row in by_start.items():
        rewards, last = [float(row['rewards'])], row
        while len(rewards) < steps and not (last['terminated'] or last['truncated']):
            following = by_start.get(tuple(last['next_observations'].tolist()))
            if following is None:
                break
            rewards.append(float(following['rewards']))
            last = following
        total = sum(GAMMA**i * reward for i, reward in enumerate(rewards))
        sums[start] = (total, 0) if last['terminated'] else (float(row['rewards']), 1)
    return sums


@pytest.mark.parametrize('steps', [1, 2, 5])
@pytest.mark.parametrize('capacity', [1000, 40, 23])
def test_streams_of_several_actors_in_a_ring_are_kept_apart(steps: int, capacity: int) -> None:
    config = replace(CONFIG, terminal_return_steps=steps, discount=GAMMA)
    learner = make_learner(config, capacity)
    actors = [Actor(1), Actor(2), Actor(3)]
    chance = np.random.default_rng(0)
    for n in range(60):
        actor = actors[chance.integers(3)]
        ends = chance.choice(list('-tux'), size=chance.integers(1, 6), p=(0.6, 0.2, 0.1, 0.1))
        learner.store(actor.batch(''.join(ends)))
        if n % 5 == 4:
            replay = learner.replay
            numbers = np.arange(replay.total_added - len(replay), replay.total_added)
            wanted = looked_up(replay.storage.rows[numbers % len(replay.storage.rows)], steps)
            seen = sums_of(replay)
            assert len(seen) == len(wanted)
            for start, values in wanted.items():
                assert seen[start] == pytest.approx(values)
    assert learner.env_steps > 100


def test_prior_data_learns_what_came_within_its_recordings() -> None:
    actors, rows = [Actor(1), Actor(2)], []
    for actor in actors:
        batch = actor.batch('-----u--t-x--t-')
        part = np.zeros(len(batch.rows), row_type(3, 2))
        for name in part.dtype.names or ():
            part[name] = getattr(batch.rows, name)
        rows.append(part)
    recorded = np.delete(np.concatenate(rows), 7)  # one is not there
    prior = Prior(
        PriorData(make_spec(), recorded, 0), SacConfig(terminal_return_steps=4, discount=GAMMA)
    )
    sums = prior.draw(2000)
    seen = {
        tuple(row['observations'].tolist()): (float(row['rewards']), float(factor))
        for row, factor in zip(sums.rows, sums.bootstrap, strict=True)
    }
    assert seen == looked_up(recorded, 4)
