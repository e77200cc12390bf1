# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""An arm that stands elsewhere than in the origin of its world, or hangs there."""

from __future__ import annotations

from dataclasses import replace
import math
from typing import Any

from franka_bridge.arm_state import ArmState, Vector
from franka_bridge.base import BaseFrame, ORIGIN
from franka_bridge.config import FrankaBridgeSettings
from franka_bridge.driver_state import DriverState, JOINTS, POSE, WRENCH
from franka_bridge.kinematics import (
    DOWN,
    forward_kinematics,
    inverse_kinematics,
    jacobian,
    READY,
)
from franka_bridge.limits import ArmLimits
from franka_bridge.target import target_here, TargetGenerator
from franka_bridge.tasks.catalog import make_task
import numpy as np
import pytest

pytestmark = pytest.mark.node

HANGING = BaseFrame(np.array([0.2, -0.1, 1.2]), np.array([1.0, 0.0, 0.0, 0.0]))
TURNED = BaseFrame(np.array([1.0, 2.0, 0.5]), np.array([0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5)]))
JOINTS_HELD = READY + 0.1


def measured(base: BaseFrame, joints: Vector) -> ArmState:
    """Return what the bridge knows of an arm whose driver measures in the base's frame."""
    driver = DriverState([JOINTS, POSE, WRENCH], base)
    driver.put(JOINTS, joints, np.full(7, 0.1), np.zeros(7), time=0.0, stamp=1.0)
    driver.put(POSE, *forward_kinematics(joints), time=0.0, stamp=1.0)
    driver.put(WRENCH, np.zeros(6), time=0.0, stamp=1.0)
    return driver.arm


@pytest.mark.parametrize('base', [HANGING, TURNED])
def test_measured_poses_and_kinematics_are_in_the_same_world(base: BaseFrame) -> None:
    arm = measured(base, JOINTS_HELD)
    position, orientation = forward_kinematics(JOINTS_HELD, base)
    np.testing.assert_allclose(arm.tcp_position, position, atol=1e-12)
    assert abs(arm.tcp_orientation @ orientation) == pytest.approx(1.0, abs=1e-12)


def test_a_hanging_arm_is_below_its_base_and_its_sides_are_swapped() -> None:
    here = forward_kinematics(READY)[0]
    there = forward_kinematics(READY, HANGING)[0]
    np.testing.assert_allclose(there, HANGING.position + here * [1.0, -1.0, -1.0], atol=1e-12)


@pytest.mark.parametrize('base', [ORIGIN, HANGING, TURNED])
def test_the_jacobian_is_that_of_the_world(base: BaseFrame) -> None:
    step = 1e-6
    for index, column in enumerate(jacobian(JOINTS_HELD, base).T):
        moved = JOINTS_HELD.copy()
        moved[index] += step
        way = forward_kinematics(moved, base)[0] - forward_kinematics(JOINTS_HELD, base)[0]
        np.testing.assert_allclose(way / step, column[:3], atol=1e-5)


@pytest.mark.parametrize(
    ('base', 'point'), [(HANGING, [0.65, -0.1, 0.45]), (TURNED, [1.0, 2.45, 0.8])]
)
def test_the_hand_is_brought_to_a_point_of_the_world_and_points_down_there(
    base: BaseFrame, point: list[float]
) -> None:
    joints = inverse_kinematics(np.array(point), DOWN, READY, robot_type='fr3', base=base)
    reached, orientation = forward_kinematics(joints, base)
    np.testing.assert_allclose(reached, point, atol=2e-4)
    assert abs(orientation @ DOWN) > 1 - 1e-5


def test_where_base_and_world_are_one_no_number_changes() -> None:
    settings = FrankaBridgeSettings()
    assert settings.base.is_origin
    position, orientation = forward_kinematics(JOINTS_HELD)
    arm = measured(settings.base, JOINTS_HELD)
    assert (arm.tcp_position == position).all()
    assert (arm.tcp_orientation == orientation).all()
    assert (jacobian(JOINTS_HELD, settings.base) == jacobian(JOINTS_HELD)).all()


def test_a_task_sees_and_starts_in_the_world_and_its_action_moves_along_its_axes() -> None:
    start = TURNED.to_world(np.array([0.45, 0.0, 0.3]), DOWN)[0]
    numbers = {'start': tuple(start), 'goal_low': tuple(start), 'goal_high': tuple(start)}
    task = make_task('reach', 'fr3', TURNED, start_spread=0.0, **numbers)
    joints = task.reset_goal(np.random.default_rng(0))
    arm = replace(measured(TURNED, joints), joint_velocities=np.zeros(7))
    here = target_here(arm)
    task.begin(arm, here, np.random.default_rng(0))
    seen = task.observe(arm, here)
    np.testing.assert_allclose(seen[:3], start, atol=2e-4)
    np.testing.assert_allclose(seen[20:23], 0.0, atol=2e-4)  # the way to the goal
    limits = ArmLimits(box_low=tuple(start - 0.2), box_high=tuple(start + 0.2))
    generator = TargetGenerator(limits, task.motion)
    generator.begin(here)
    target = generator.advance(task.displacement(np.array([1.0, 0.0, 0.0], np.float32)), arm)
    np.testing.assert_allclose(target.position - here.position, [0.004, 0.0, 0.0], atol=1e-9)
    # The joints foreseen for it lead there, in the same world.
    foreseen = forward_kinematics(target.joint_positions, TURNED)[0]
    np.testing.assert_allclose(foreseen, target.position, atol=1e-4)


@pytest.mark.parametrize(
    ('parameters', 'reason'),
    [
        ({'base_position': (0.0, 1.0)}, 'base_position must be 3 numbers'),
        ({'base_orientation': (0.0, 0.0, 0.0)}, 'base_orientation must be a unit quaternion'),
        ({'base_orientation': (0.0, 0.0, 0.5, 0.5)}, 'base_orientation must be a unit quaternion'),
    ],
)
def test_a_pose_that_is_none_is_refused(parameters: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        FrankaBridgeSettings(**parameters)
