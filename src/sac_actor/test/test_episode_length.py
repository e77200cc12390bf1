# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Short first episodes: where they end, what is stored of them, and whom they leave alone."""

from __future__ import annotations

import numpy as np
import pytest
from sac_actor.episode_length import EpisodeLength

from .fakes import FakeRobot
from .loop_bench import Bench

pytestmark = pytest.mark.timeout(30)
TWO = EpisodeLength(short=2, until=5)


def lengths(bench: Bench) -> list[int]:
    return [episode.length for episode in bench.episodes]


def test_first_episodes_are_short_and_later_ones_as_long_as_the_robots_own() -> None:
    bench = Bench(FakeRobot(episode_length=7), episode_length=TWO)
    bench.run(40)
    assert lengths(bench)[:5] == [2, 2, 7, 7, 7]  # the third passes the 5th transition
    assert [episode.truncated for episode in bench.episodes[:3]] == [True, True, True]


def test_a_cut_is_stored_as_truncated_and_the_next_episode_begins_at_the_start() -> None:
    bench = Bench(FakeRobot(episode_length=7), episode_length=TWO)
    bench.run(9)
    rows = bench.rows
    assert rows.truncated[:5].tolist() == [0, 1, 0, 1, 0]
    assert rows.terminated.tolist() == [0] * len(rows.terminated)
    assert rows.observations[:5].tolist() == [
        [0, 0, 7], [0, 1, 7], [1, 0, 7], [1, 1, 7], [2, 0, 7],
    ]  # fmt: skip
    assert bench.loop.unexpected == 0


def test_an_episode_that_ends_by_itself_at_the_same_step_is_not_reset_twice() -> None:
    bench = Bench(FakeRobot(episode_length=2, terminates=True), episode_length=TWO)
    bench.run(8)
    assert lengths(bench) == [2] * len(bench.episodes)
    assert not any(command.reset for command in bench.robot.commands)
    assert bench.rows.terminated[:4].tolist() == [0, 1, 0, 1]
    assert bench.rows.truncated.sum() == 0


def test_an_evaluation_is_never_cut() -> None:
    bench = Bench(FakeRobot(episode_length=7), episode_length=EpisodeLength(2, 100))
    bench.human.evaluation.request()
    bench.run(60)
    assert [episode.length for episode in bench.episodes if episode.evaluation] == [7] * 5
    assert {episode.length for episode in bench.episodes if not episode.evaluation} == {2}


def test_who_drives_is_not_interrupted() -> None:
    bench = Bench(
        FakeRobot(episode_length=7),
        episode_length=EpisodeLength(2, 100),
        intervention_timeout=100.0,
    )
    bench.run(1)
    bench.human.intervention.drive(np.zeros(2, np.float32))
    bench.run(4)
    assert lengths(bench) == []
    bench.human.intervention.hand_back()
    bench.run(2)
    assert lengths(bench) == [6]


def test_the_last_transition_of_a_run_may_be_a_cut() -> None:
    bench = Bench(FakeRobot(episode_length=7), episode_length=TWO, max_env_steps=4)
    bench.run(12)
    assert bench.loop.finished
    assert bench.loop.env_steps == 4
    assert lengths(bench) == [2, 2]


@pytest.mark.parametrize(('short', 'until'), [(0, 100), (2, 0)])
def test_without_a_length_or_an_end_no_episode_is_short(short: int, until: int) -> None:
    bench = Bench(FakeRobot(episode_length=7), episode_length=EpisodeLength(short, until))
    bench.run(16)
    assert lengths(bench) == [7, 7]


ENDLESS = 10**9
FOUR = EpisodeLength(measuring=4)


def test_an_evaluation_of_a_robot_without_time_limit_ends() -> None:
    bench = Bench(FakeRobot(episode_length=ENDLESS), episode_length=FOUR, max_env_steps=9)
    bench.human.evaluation.request()
    bench.run(60)
    assert bench.loop.finished
    measured = [episode for episode in bench.episodes if episode.evaluation]
    assert [(episode.length, episode.truncated) for episode in measured] == [(4, True)] * 5
    assert len(bench.rows) == 9


def test_the_evaluation_at_the_end_of_a_run_without_time_limit_ends() -> None:
    bench = Bench(
        FakeRobot(episode_length=ENDLESS), episode_length=FOUR, max_env_steps=9, eval_episodes=2
    )
    bench.run(40)
    assert bench.loop.finished
    assert [episode.length for episode in bench.episodes if episode.evaluation] == [4, 4]


def test_an_evaluation_does_not_wait_for_an_episode_that_never_ends() -> None:
    bench = Bench(FakeRobot(episode_length=ENDLESS), episode_length=FOUR, eval_episodes=1)
    bench.run(10)
    assert bench.episodes == []  # a continuing task goes on while nobody asks
    bench.human.evaluation.request()
    bench.run(8)
    assert [(e.evaluation, e.length) for e in bench.episodes] == [(False, 11), (True, 4)]
    assert bench.rows.truncated.tolist()[:12] == [0] * 10 + [1, 0]


def test_an_evaluation_waits_for_an_episode_that_may_still_end() -> None:
    bench = Bench(FakeRobot(episode_length=3), episode_length=FOUR, eval_episodes=1)
    bench.run(1)
    bench.human.evaluation.request()
    bench.run(6)
    assert [(e.evaluation, e.length) for e in bench.episodes] == [(False, 3), (True, 3)]


def test_counted_episodes_of_a_robot_without_time_limit_end() -> None:
    bench = Bench(FakeRobot(episode_length=ENDLESS), episode_length=FOUR, max_episodes=3)
    bench.run(20)
    assert bench.loop.finished
    assert lengths(bench) == [4, 4, 4]


def test_an_evaluation_that_the_robot_cuts_off_again_and_again_ends_without_a_result() -> None:
    bench = Bench(FakeRobot(episode_length=7), eval_episodes=1, max_env_steps=7)
    bench.run(8)
    for _ in range(40):
        if bench.loop.finished:
            break
        bench.robot.stand_still()
        bench.run(2)
    assert bench.loop.finished
    assert bench.human.evaluation.left_out == 1
    assert not any(episode.evaluation for episode in bench.episodes)
