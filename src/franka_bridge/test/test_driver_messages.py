# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a driver may leave out, and what is refused by the name of its field."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from math import inf, nan
from types import SimpleNamespace
from typing import Any

from franka_bridge.config import FrankaBridgeSettings
from franka_bridge.ros.driver_messages import (
    read_gripper,
    read_joints,
    read_pose,
    read_robot,
    read_wrench,
)
from geometry_msgs.msg import PoseStamped, WrenchStamped
import numpy as np
import pytest
from sensor_msgs.msg import JointState

NAMES = FrankaBridgeSettings().joint_names
Change = Callable[[Any], object]


def joints(**fields: Any) -> JointState:
    values = array('d', np.linspace(0.1, 0.7, 7))
    message = JointState(name=list(NAMES), position=values, velocity=values, effort=values)
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def spoiled(index: int, value: float) -> list[float]:
    values = [0.1] * 7
    values[index] = value
    return values


def test_joints_may_come_in_any_order_with_others_between() -> None:
    order = [3, 0, 6, 1, 5, 2, 4]
    plain = joints()
    message = joints(
        name=[*(NAMES[index] for index in order[:4]), 'finger', *(NAMES[i] for i in order[4:])]
    )
    for field in ('position', 'velocity', 'effort'):
        values = getattr(plain, field)
        mixed = [*(values[i] for i in order[:4]), nan, *(values[i] for i in order[4:])]
        setattr(message, field, mixed)
    for read, expected in zip(read_joints(message, NAMES), read_joints(plain, NAMES), strict=True):
        np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize('effort', [[], [nan] * 7, spoiled(2, inf), [0.0] * 3])
def test_efforts_that_are_not_there_are_unknown_and_refuse_nothing(effort: list[float]) -> None:
    positions, velocities, torques = read_joints(joints(effort=effort), NAMES)
    assert np.isfinite(positions).all()
    assert np.isfinite(velocities).all()
    assert np.isnan(torques).all()


@pytest.mark.parametrize(
    ('fields', 'reason'),
    [
        ({'position': spoiled(2, nan)}, 'position of fr3_joint3 must be finite, got nan'),
        ({'velocity': spoiled(6, inf)}, 'velocity of fr3_joint7 must be finite, got inf'),
        ({'velocity': []}, 'velocity must hold 7 numbers, as name, got 0'),
        ({'name': NAMES[:6]}, 'name must hold fr3_joint7 once'),
        ({'name': [*NAMES[:6], NAMES[0]]}, 'name must hold fr3_joint1 once'),
        ({'name': []}, r'name must hold fr3_joint1 once, got \[\]'),
    ],
)
def test_joints_that_cannot_be_used_are_refused_by_the_field(
    fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=f'^{reason}'):
        read_joints(joints(**fields), NAMES)


def test_joints_of_one_arm_of_several_are_told_by_their_prefix() -> None:
    names = [*FrankaBridgeSettings(joint_prefix='left_').joint_names, *NAMES]
    values = [float(each) for each in range(14)]
    message = JointState(name=names, position=values, velocity=values)
    positions, *_ = read_joints(message, FrankaBridgeSettings(joint_prefix='left_').joint_names)
    assert names[0] == 'left_fr3_joint1'
    np.testing.assert_array_equal(positions, np.arange(7.0))


@pytest.mark.parametrize('prefix', ['1st_', 'left-', 'a b', '/left_'])
def test_a_prefix_that_no_joint_can_have_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match='joint_prefix must begin with a letter'):
        FrankaBridgeSettings(joint_prefix=prefix)


def spoil_position(message: PoseStamped) -> None:
    message.pose.position.y = nan


def spoil_orientation(message: PoseStamped) -> None:
    message.pose.orientation.w = nan


@pytest.mark.parametrize(
    ('spoil', 'reason'),
    [(spoil_position, 'position must be finite'), (spoil_orientation, 'orientation must be')],
)
def test_a_pose_that_is_none_is_refused(spoil: Change, reason: str) -> None:
    message = PoseStamped()
    message.pose.orientation.w = 1.0
    spoil(message)
    with pytest.raises(ValueError, match=reason):
        read_pose(message)


@pytest.mark.parametrize('field', ['force', 'torque'])
def test_a_wrench_that_is_not_finite_is_refused(field: str) -> None:
    message = WrenchStamped()
    getattr(message.wrench, field).z = nan
    with pytest.raises(ValueError, match=f'{field} must be finite'):
        read_wrench(message)


def test_the_width_of_a_hand_that_is_unknown_is_refused() -> None:
    assert read_gripper(JointState(position=[0.02, 0.02])) == [0.04]
    with pytest.raises(ValueError, match='position must hold that of each finger'):
        read_gripper(JointState())
    with pytest.raises(ValueError, match='position must be finite'):
        read_gripper(JointState(position=[nan, 0.02]))


def test_a_share_of_commands_that_is_not_a_number_is_refused() -> None:
    flags = SimpleNamespace(get_fields_and_field_types=dict)
    message = SimpleNamespace(
        robot_mode=2,
        current_errors=flags,
        last_motion_errors=flags,
        control_command_success_rate=nan,
    )
    with pytest.raises(ValueError, match='control_command_success_rate must be finite'):
        read_robot(message)
