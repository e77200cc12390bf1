# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What people ask of the robot while it learns: drive it, pause it, reset it, measure it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sac_core.arrays import FloatArray
from sac_core.spaces import ActionScale

from .fakes import FakeRobot, make_weights
from .loop_bench import Bench

pytestmark = pytest.mark.timeout(30)
WISH = np.array([0.75, -0.5], np.float32)
SEEN = np.array([0, 0, 7], np.float32)  # an observation


def last_action(bench: Bench) -> FloatArray:
    """The action executed last, scaled to [-1, 1]."""
    return ActionScale(bench.spec).to_policy(bench.robot.executed[-1], np.empty(2, np.float32))


# A person drives.


def test_a_person_drives_from_the_next_tick_to_the_next_tick() -> None:
    bench = Bench(FakeRobot(episode_length=20))
    bench.run(3)
    bench.human.intervention.drive(WISH)
    bench.run(1)
    assert last_action(bench) == pytest.approx(WISH)
    bench.run(1)
    bench.human.intervention.hand_back()
    bench.run(1)
    assert not np.allclose(last_action(bench), WISH, atol=1e-3)
    assert bench.rows.intervened.tolist() == [0, 0, 0, 1, 1, 0]
    assert bench.rows.actions[3:5] == pytest.approx(np.array([WISH, WISH]))
    assert bench.rows.policy_versions.tolist() == [1] * 6
    assert bench.loop.intervened_steps == 2


def test_an_episode_tells_how_many_steps_a_person_drove() -> None:
    bench = Bench(FakeRobot(episode_length=4))
    bench.human.intervention.drive(WISH)
    bench.run(2)
    bench.human.intervention.hand_back()
    bench.run(6)
    assert [episode.intervened_steps for episode in bench.episodes] == [2, 0]


def test_the_filter_limits_a_person_too_and_both_handovers() -> None:
    bench = Bench(FakeRobot(episode_length=100), max_change=0.1)
    bench.run(10)
    bench.human.intervention.drive(np.array([1.0, -1.0], np.float32))
    bench.run(30)
    assert last_action(bench) == pytest.approx([1.0, -1.0])
    bench.human.intervention.hand_back()
    bench.run(20)
    rows = bench.rows
    assert (np.abs(np.diff(rows.actions, axis=0)) <= 0.1 + 1e-6).all()
    assert rows.filtered[10] == 1, 'the first of the person'
    assert rows.filtered[39] == 0, 'the person has arrived'


def test_what_a_person_wants_is_clipped_to_the_limits() -> None:
    bench = Bench()
    bench.human.intervention.drive(np.array([3.0, -1e30], np.float32))
    bench.run(1)
    assert last_action(bench).tolist() == [1.0, -1.0]


def test_a_person_does_not_move_a_robot_that_is_held() -> None:
    bench = Bench()
    bench.run(2)
    bench.stop_arbiter.press_emergency_stop()
    bench.human.intervention.drive(WISH)
    bench.run(3)
    assert [command.stop for command in bench.robot.commands[2:]] == [True] * 3
    assert len(bench.robot.executed) == 2


# Pause and reset.


def test_a_pause_acts_and_collects_nothing() -> None:
    bench = Bench(FakeRobot(episode_length=4))
    bench.run(2)
    bench.human.pausing = True
    bench.run(4)
    bench.human.pausing = False
    bench.run(2)
    assert len(bench.robot.executed) == 8
    assert bench.rows.observations[:, :2].tolist() == [[0, 0], [0, 1], [1, 2], [1, 3]]
    assert bench.loop.env_steps == 4
    assert [(each.length, each.env_steps) for each in bench.episodes] == [(4, 2), (4, 4)]


def test_a_paused_run_does_not_come_to_its_end() -> None:
    bench = Bench(max_env_steps=4)
    bench.human.pausing = True
    bench.run(20)
    assert not bench.loop.finished
    bench.human.pausing = False
    bench.run(5)
    assert bench.loop.finished
    assert bench.loop.env_steps == len(bench.rows) == 4


def test_a_reset_ends_the_episode_as_truncated() -> None:
    bench = Bench(FakeRobot(episode_length=10))
    bench.run(3)
    bench.human.reset()
    bench.run(3)
    assert [command.reset for command in bench.robot.commands] == [False] * 3 + [True] + [
        False
    ] * 2
    assert [(each.length, each.truncated) for each in bench.episodes] == [(3, True)]
    assert bench.rows.observations[:, 1].tolist() == [0, 1, 2, 0, 1]
    assert bench.rows.truncated.tolist() == [0] * 5, 'the robot did not end it'


# Evaluation.


def evaluations(bench: Bench) -> list[bool]:
    return [episode.evaluation for episode in bench.episodes]


def test_an_evaluation_comes_between_episodes_and_is_not_collected() -> None:
    bench = Bench(FakeRobot(episode_length=3))
    bench.run(1)
    assert bench.human.evaluation.request() == 5
    bench.run(25)
    assert evaluations(bench) == [False] + [True] * 5 + [False] * 2
    assert bench.rows.observations[:, 0].tolist() == [0] * 3 + [6] * 3 + [7] * 3 + [8] * 2
    assert (bench.loop.env_steps, bench.loop.episodes) == (11, 3)
    assert [each.episode_id for each in bench.episodes] == list(range(8))
    assert bench.rows.episode_ids.tolist() == bench.rows.observations[:, 0].tolist()


def test_an_evaluation_acts_by_the_mean_and_leaves_the_exploration_as_it_was() -> None:
    weights = make_weights()
    small = {name: 0.1 * tensor for name, tensor in weights.tensors.items()}  # far from the limits
    bench, plain = Bench(FakeRobot(episode_length=3), eval_episodes=1), Bench()
    for each in (bench, plain):
        each.runner.swap(replace(weights, tensors=small))
    bench.human.evaluation.request()
    bench.run(3)
    for step, action in enumerate(bench.robot.executed):
        mean, _ = bench.runner.evaluate(np.array([0, step, 7], np.float32))
        expected = ActionScale(bench.spec).to_robot(mean, np.empty(2, np.float32))
        assert action == pytest.approx(expected)
    explored = plain.runner.act(SEEN)[0]
    assert not np.allclose(explored, bench.runner.evaluate(SEEN)[0], atol=1e-3)
    assert bench.runner.act(SEEN)[0] == pytest.approx(explored)


def test_an_episode_of_an_evaluation_measures_one_policy() -> None:
    bench = Bench(FakeRobot(episode_length=4), eval_episodes=2)
    bench.human.evaluation.request()
    bench.run(2)
    bench.runner.swap(make_weights(version=2, seed=1))
    bench.run(6)
    assert [(each.evaluation, each.policy_version) for each in bench.episodes] == [
        (True, 1),
        (True, 2),
    ]


def test_evaluations_come_every_so_many_collected_steps() -> None:
    bench = Bench(FakeRobot(episode_length=3), eval_episodes=2, eval_period=6)
    bench.run(30)
    assert evaluations(bench) == [False, False, True, True] * 2 + [False, False]
    assert bench.loop.env_steps == 18


def test_an_evaluation_is_collected_only_where_that_was_asked_for() -> None:
    bench = Bench(FakeRobot(episode_length=3), eval_episodes=1, store_evaluation=True)
    bench.human.evaluation.request()
    bench.run(6)
    assert evaluations(bench) == [True, False]
    assert len(bench.rows) == bench.loop.env_steps == 6


@pytest.mark.parametrize('limit', [6, 7, 8])
def test_the_end_of_a_run_is_evaluated_and_its_limit_stays_exact(limit: int) -> None:
    bench = Bench(FakeRobot(episode_length=3), max_env_steps=limit, eval_episodes=2)
    bench.run(40)
    assert bench.loop.finished
    assert bench.loop.env_steps == len(bench.rows) == limit
    assert evaluations(bench) == [False, False, True, True]
    assert [episode.length for episode in bench.episodes] == [3] * 4
    assert [command.reset for command in bench.robot.commands].count(True) == (limit > 6)
    assert bench.robot.commands[-1].stop


def test_an_evaluation_that_is_cut_off_is_run_again() -> None:
    bench = Bench(FakeRobot(episode_length=4), eval_episodes=2)
    bench.human.evaluation.request()
    bench.run(5)
    bench.stop_arbiter.hold(True)
    bench.run(3)
    bench.stop_arbiter.hold(False)
    bench.run(7)
    assert [(each.evaluation, each.length) for each in bench.episodes] == [(True, 4)] * 2


def test_a_person_may_drive_in_an_evaluation_which_then_says_so() -> None:
    bench = Bench(FakeRobot(episode_length=4), eval_episodes=1)
    bench.human.evaluation.request()
    bench.human.intervention.drive(WISH)
    bench.run(1)
    bench.human.intervention.hand_back()
    bench.run(3)
    assert [(each.evaluation, each.intervened_steps) for each in bench.episodes] == [(True, 1)]
