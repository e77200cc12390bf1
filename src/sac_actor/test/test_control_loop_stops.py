# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a tick does while the robot is stopped, and where a run ends."""

from __future__ import annotations

import pytest

from .fakes import FakeRobot
from .loop_bench import Bench

pytestmark = pytest.mark.timeout(30)


def test_each_tick_of_a_stop_says_so_and_a_new_episode_follows_it() -> None:
    bench = Bench(FakeRobot(episode_length=10))
    bench.run(2)
    bench.stop_arbiter.stop('watchdog', 'because')
    assert not bench.loop.is_ready
    bench.run(5)
    assert [command.stop for command in bench.robot.commands] == [False] * 2 + [True] * 5
    (episode,) = bench.episodes
    assert (episode.length, episode.truncated, episode.terminated) == (2, True, False)
    bench.stop_arbiter.clear('watchdog')
    assert bench.loop.is_ready
    bench.run(3)
    assert [command.reset for command in bench.robot.commands[7:]] == [True, False, False]
    assert bench.rows.rewards.tolist() == [1, 2, 1, 2]
    assert bench.rows.truncated.tolist() == [0, 0, 0, 0]
    assert bench.rows.episode_ids.tolist() == [0, 0, 1, 1]
    assert bench.loop.unexpected == 0


def test_nothing_of_a_stop_becomes_a_transition() -> None:
    bench = Bench(FakeRobot(episode_length=10))
    bench.run(2)
    bench.loop.tick()  # its answer is under way
    bench.stop_arbiter.hold(True)
    bench.loop.tick()
    bench.run(2)
    bench.stop_arbiter.hold(False)
    bench.run(3)
    assert bench.rows.observations[:, 1].tolist() == [0, 1, 0, 1]
    assert len(bench.robot.executed) == 3 + 2


def test_a_robot_that_went_to_its_safe_state_by_itself_is_reset() -> None:
    bench = Bench(FakeRobot(episode_length=10))
    bench.run(2)
    bench.robot.stand_still()
    bench.run(4)
    resets = [command.reset for command in bench.robot.commands]
    assert resets == [False] * 2 + [True] + [False] * 3
    assert [episode.length for episode in bench.episodes] == [2]
    assert bench.rows.observations[:, 1].tolist() == [0, 1, 0, 1, 2]
    assert bench.loop.unexpected == 0


def test_an_actor_that_finds_the_robot_in_its_safe_state_resets_it() -> None:
    robot = FakeRobot(episode_length=10)
    robot.stand_still()
    robot.outbox.popleft()
    bench = Bench(robot)
    bench.run(1)
    robot.heartbeat()
    bench.run(2)
    assert [command.reset for command in robot.commands] == [True, False]


def test_the_end_of_an_episode_is_no_safe_state() -> None:
    bench = Bench(FakeRobot(episode_length=2))
    bench.run(2)
    bench.loop.tick()
    bench.run(3)
    assert not any(command.reset for command in bench.robot.commands)


def test_after_the_last_step_the_robot_stands_still() -> None:
    bench = Bench(FakeRobot(episode_length=10), max_env_steps=3)
    bench.run(6)
    assert [command.stop for command in bench.robot.commands] == [False] * 3 + [True] * 3
    assert bench.episodes == []  # a part of an episode says nothing about the policy


@pytest.mark.parametrize('limit', [1, 7, 10, 23])
def test_max_env_steps_is_exact(limit: int) -> None:
    bench = Bench(FakeRobot(episode_length=5), max_env_steps=limit)
    bench.run(50)
    assert bench.loop.finished
    assert bench.loop.env_steps == limit == len(bench.rows) == len(bench.robot.executed)


def test_max_episodes_is_exact() -> None:
    bench = Bench(FakeRobot(episode_length=5), max_episodes=3)
    bench.run(50)
    assert bench.loop.finished
    assert (len(bench.episodes), bench.loop.env_steps) == (3, 15)
    assert not bench.loop.is_ready
