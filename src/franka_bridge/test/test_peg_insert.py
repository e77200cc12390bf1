# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Task `peg_insert`: all is relative to the hole, and the peg leaves it as it came."""

from __future__ import annotations

from itertools import pairwise

from franka_bridge.arm_state import Vector
from franka_bridge.kinematics import DOWN, forward_kinematics, inverse_kinematics, READY
from franka_bridge.rotations import multiply, quaternion_from
from franka_bridge.tasks.catalog import make_task
import numpy as np
import pytest

from .arm_states import arm_at, begin, judged, seen_by

SEAT = np.array([0.5, 0.0, 0.12])


def above(height: float) -> Vector:
    return SEAT + np.array([0.0, 0.0, height])


def turned(yaw: float) -> Vector:
    return multiply(quaternion_from(np.array([0.0, 0.0, yaw])), DOWN)


def joints_at(point: Vector, yaw: float = 0.0) -> Vector:
    return inverse_kinematics(point, turned(yaw), READY, robot_type='fr3')


def test_the_same_place_beside_another_hole_looks_the_same() -> None:
    """Here, and for a hole elsewhere that is turned by 0.3 rad."""
    seen = []
    beside = np.array([0.01, 0.005, 0.06])
    for seat, yaw in ((SEAT, 0.0), (np.array([0.45, 0.15, 0.15]), 0.3)):
        task = make_task('peg_insert', 'fr3', seat=tuple(seat), seat_yaw=yaw)
        turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
        state = arm_at(joints_at(seat + turn @ beside, yaw), wrench=np.arange(6.0))
        begin(task, state, np.random.default_rng(0))
        seen.append(seen_by(task, state))
    np.testing.assert_allclose(seen[0], seen[1], atol=3e-4)
    # the seat's z axis points down, as the hand's does
    np.testing.assert_allclose(seen[0][:3], [0.01, -0.005, -0.06], atol=3e-4)


def test_actions_are_along_the_axes_of_the_hand() -> None:
    task = make_task('peg_insert', 'fr3', step_length=0.002, step_angle=0.01)
    state = arm_at(joints_at(above(0.06), np.pi / 4))
    begin(task, state, np.random.default_rng(0))
    seen_by(task, state)
    root = np.sqrt(0.5)
    forward = task.displacement(np.array([1.0, 0.0, 0.0, 0.0], np.float32))
    np.testing.assert_allclose(forward, [0.002 * root, 0.002 * root, 0, 0, 0, 0], atol=1e-5)
    down_and_turn = task.displacement(np.array([0.0, 0.0, 1.0, 1.0], np.float32))
    np.testing.assert_allclose(down_and_turn, [0, 0, -0.002, 0, 0, -0.01], atol=1e-5)


def test_the_peg_counts_as_inserted_at_the_seat_and_not_above_it() -> None:
    task = make_task('peg_insert', 'fr3', success_distance=0.005, step_length=0.002)
    still = np.zeros(4, np.float32)
    begin(task, arm_at(joints_at(above(0.06))), np.random.default_rng(0))
    too_high = judged(task, arm_at(joints_at(above(0.008))), still)
    assert not too_high.success
    assert too_high.reward == pytest.approx(0.052 / 0.002, abs=0.2)
    assert judged(task, arm_at(joints_at(above(0.004))), still).terminated


def test_a_way_across_or_about_the_axis_is_paid_like_one_along_it() -> None:
    task = make_task('peg_insert', 'fr3', step_length=0.002, step_angle=0.02)
    still = np.zeros(4, np.float32)
    beside = SEAT + np.array([0.012, 0.016, 0.06])
    begin(task, arm_at(joints_at(beside)), np.random.default_rng(0))
    across = judged(task, arm_at(joints_at(above(0.06))), still)
    along = judged(task, arm_at(joints_at(above(0.04))), still)
    assert across.reward == pytest.approx(0.02 / 0.002, abs=0.2)
    assert along.reward == pytest.approx(across.reward, abs=0.2)
    begin(task, arm_at(joints_at(above(0.04), -0.2)), np.random.default_rng(0))
    about = judged(task, arm_at(joints_at(above(0.04))), still)
    assert about.reward == pytest.approx(0.2 / 0.02, abs=0.2)


def test_pushing_costs() -> None:
    task = make_task('peg_insert', 'fr3', force_weight=0.01)
    joints = joints_at(above(0.03))
    begin(task, arm_at(joints), np.random.default_rng(0))
    pushing = arm_at(joints, wrench=np.array([0.0, 3.0, 4.0, 0.0, 0.0, 0.0]))
    assert judged(task, pushing, np.zeros(4, np.float32)).reward == pytest.approx(-0.05)


def test_the_peg_is_lifted_straight_out_before_a_reset() -> None:
    task = make_task('peg_insert', 'fr3', start_height=0.06)
    seated = arm_at(joints_at(SEAT))
    path = task.retreat(seated)
    assert len(path) >= 2
    ways = np.concatenate([[seated.joint_positions], path])
    between = np.concatenate([np.linspace(a, b, 20) for a, b in pairwise(ways)])
    points = np.array([forward_kinematics(joints)[0] for joints in between])
    assert np.abs(points[:, :2] - SEAT[:2]).max() < 4e-4
    assert (np.diff(points[:, 2]) > -1e-5).all()
    assert points[-1][2] == pytest.approx(SEAT[2] + 0.06, abs=1e-3)
