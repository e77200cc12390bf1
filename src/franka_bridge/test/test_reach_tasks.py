# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tasks `reach` and `joint_reach`: what is seen, paid and counted as a success."""

from __future__ import annotations

from franka_bridge.kinematics import (
    DOWN,
    forward_kinematics,
    inverse_kinematics,
    JOINT_RANGES,
    READY,
)
from franka_bridge.target import target_at
from franka_bridge.tasks.catalog import make_task
import numpy as np
import pytest

from .arm_states import arm_at, begin, judged, seen_by

STILL = np.zeros(7, np.float32)


def test_reach_sees_the_20_numbers_of_the_end_effector_and_the_goal_from_there() -> None:
    task = make_task('reach', 'fr3', goal_low=(0.5, 0.1, 0.2), goal_high=(0.5, 0.1, 0.2))
    velocities = np.array([0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    state = arm_at(READY, velocities=velocities, wrench=np.arange(6.0))
    begin(task, state, np.random.default_rng(0))
    seen = seen_by(task, state)
    assert seen.shape == (26,)
    np.testing.assert_allclose(seen[:3], state.tcp_position, rtol=1e-6)
    np.testing.assert_allclose(seen[3:7], DOWN, atol=1e-6)
    np.testing.assert_allclose(seen[7:10], [0.0, 0.1 * state.tcp_position[0], 0.0], atol=1e-6)
    np.testing.assert_allclose(seen[10:13], [0.0, 0.0, 0.1], atol=1e-6)
    assert seen[13] == pytest.approx(0.04)
    np.testing.assert_allclose(seen[14:20], np.arange(6.0))
    np.testing.assert_allclose(seen[20:23], [0.5, 0.1, 0.2] - state.tcp_position, rtol=1e-5)


def test_a_hand_that_points_down_is_seen_with_one_sign_only() -> None:
    task = make_task('reach', 'fr3')
    begin(task, arm_at(READY), np.random.default_rng(0))
    wiggled = READY + np.random.default_rng(1).uniform(-0.05, 0.05, (50, 7))
    seen = np.array([seen_by(task, arm_at(joints))[3:7] for joints in wiggled])
    assert (seen[:, 0] > 0.9).all()


def test_reach_pays_for_the_way_and_ends_at_the_goal() -> None:
    goal = np.array([0.5, 0.1, 0.2])
    task = make_task(
        'reach', 'fr3', goal_low=tuple(goal), goal_high=tuple(goal), success_reward=7.0
    )
    first = arm_at(READY)
    begin(task, first, np.random.default_rng(0))
    way = goal - first.tcp_position
    rewards = []
    for share in (0.3, 0.6, 0.9, 0.97):
        point = first.tcp_position + share * way
        joints = inverse_kinematics(point, DOWN, READY, robot_type='fr3')
        result = judged(task, arm_at(joints), STILL)
        rewards.append(result.reward)
        assert result.success == result.terminated == (share == 0.97)
    assert sum(rewards) == pytest.approx(0.97 * np.linalg.norm(way) / 0.004 + 7.0, abs=0.1)


@pytest.mark.parametrize(('name', 'last'), [('reach', 3), ('joint_reach', 7), ('peg_insert', 6)])
def test_how_far_the_target_runs_ahead_is_seen(name: str, last: int) -> None:
    task = make_task(name, 'fr3')
    here, ahead = arm_at(READY), target_at(READY + 0.1)
    begin(task, here, np.random.default_rng(0))
    np.testing.assert_allclose(seen_by(task, here)[-last:], 0.0, atol=1e-6)
    seen = task.observe(here, ahead)[-last:]
    expected = {
        'reach': np.linalg.norm(ahead.position - here.tcp_position),
        'joint_reach': 0.1 * np.sqrt(7),
        'peg_insert': np.linalg.norm(ahead.position - here.tcp_position),
    }[name]
    assert np.linalg.norm(seen[:3] if name == 'peg_insert' else seen) == pytest.approx(expected)


def test_reach_moves_along_the_axes_of_the_base_and_never_turns() -> None:
    moved = make_task('reach', 'fr3').displacement(np.array([0.8, -0.5, 0.0], np.float32))
    np.testing.assert_allclose(moved, [0.0032, -0.002, 0.0, 0.0, 0.0, 0.0])


def test_no_action_of_reach_is_faster_than_another_of_length_one() -> None:
    task = make_task('reach', 'fr3')
    corner = task.displacement(np.array([1.0, -1.0, 1.0], np.float32))
    np.testing.assert_allclose(corner[:3], 0.004 / np.sqrt(3) * np.array([1.0, -1.0, 1.0]))


@pytest.mark.parametrize('robot_type', JOINT_RANGES)
def test_goals_of_joint_reach_keep_to_the_box_and_away_from_the_joints_ends(
    robot_type: str,
) -> None:
    low, high = JOINT_RANGES[robot_type]
    task = make_task(
        'joint_reach',
        robot_type,
        goal_spread=1.0,
        tool_low=(0.3, -0.3, 0.2),
        tool_high=(0.6, 0.3, 0.5),
    )
    rng = np.random.default_rng(0)
    state = arm_at(READY)
    for _ in range(200):
        begin(task, state, rng)
        goal = READY + seen_by(task, state)[14:21]
        assert (goal > low + 0.19).all()
        assert (goal < high - 0.19).all()
        tool = forward_kinematics(goal)[0]
        assert (tool > [0.299, -0.301, 0.199]).all()
        assert (tool < [0.601, 0.301, 0.501]).all()


def test_joint_reach_succeeds_when_every_joint_is_there() -> None:
    task = make_task('joint_reach', 'fr3', success_angle=0.05, success_steps=1)
    begin(task, arm_at(READY), np.random.default_rng(0))
    goal = READY + seen_by(task, arm_at(READY))[14:21]
    one_joint_off = goal + 0.06 * np.eye(7)[3]
    assert not judged(task, arm_at(one_joint_off), STILL).success
    result = judged(task, arm_at(goal + 0.04), STILL)
    assert result.success
    assert result.terminated


def test_passing_by_the_goal_of_joint_reach_is_no_success() -> None:
    task = make_task('joint_reach', 'fr3', success_steps=3)
    for _ in range(2):  # an episode, and another
        begin(task, arm_at(READY), np.random.default_rng(0))
        goal = READY + seen_by(task, arm_at(READY))[14:21]
        visits = [goal, goal, READY, goal, goal, goal]
        judged_so = [judged(task, arm_at(joints), STILL).success for joints in visits]
        assert judged_so == [False] * 5 + [True]
        begin(task, arm_at(READY), np.random.default_rng(0))
        judged(task, arm_at(goal), STILL)
        judged(task, arm_at(goal), STILL)


def test_joint_reach_pays_for_each_joints_way() -> None:
    task = make_task('joint_reach', 'fr3', step_angle=0.02)
    begin(task, arm_at(READY), np.random.default_rng(0))
    towards = np.sign(seen_by(task, arm_at(READY))[14:21])
    assert judged(task, arm_at(READY + 0.02 * towards), STILL).reward == pytest.approx(7.0)


def test_effort_costs() -> None:
    task = make_task('joint_reach', 'fr3', effort_weight=0.5)
    begin(task, arm_at(READY), np.random.default_rng(0))
    assert judged(task, arm_at(READY), np.ones(7, np.float32)).reward == pytest.approx(-0.5)
