# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the driver's messages; refuses what is missing or not a number, and names the field.

A driver that does not measure the joints' torques leaves `effort` empty or fills it with NaN: no
task needs them, and they are unknown then.
"""

from __future__ import annotations

from typing import Any

from franka_bridge.arm_state import Vector
from franka_bridge.driver_state import RobotReport
from geometry_msgs.msg import PoseStamped, WrenchStamped
import numpy as np
from sensor_msgs.msg import JointState


def read_joints(message: JointState, joint_names: list[str]) -> tuple[Vector, Vector, Vector]:
    """Return positions, velocities and torques, each (7,) in the order of the names.

    :return: torques that are unknown are NaN
    :raises ValueError: naming the field that cannot be used
    """
    names = list(message.name)
    for name in joint_names:
        if names.count(name) != 1:
            raise ValueError(f'name must hold {name} once, got {names}')
    order = [names.index(name) for name in joint_names]
    positions = _numbers('position', message.position, names, order)
    velocities = _numbers('velocity', message.velocity, names, order)
    try:
        torques = _numbers('effort', message.effort, names, order)
    except ValueError:
        torques = np.full(len(joint_names), np.nan)
    return positions, velocities, torques


def read_pose(message: PoseStamped) -> tuple[Vector, Vector]:
    """Return position (3,) [m] and orientation (4,), a unit quaternion x, y, z, w.

    :raises ValueError: naming the field that cannot be used
    """
    at, turn = message.pose.position, message.pose.orientation
    position = _finite('position', [at.x, at.y, at.z])
    orientation = np.array([turn.x, turn.y, turn.z, turn.w])
    length = float(np.linalg.norm(orientation))
    if not abs(length - 1.0) < 1e-3:
        raise ValueError(f'orientation must be a unit quaternion, got length {length:g}')
    return position, orientation / length


def read_wrench(message: WrenchStamped) -> Vector:
    """Return force [N] and torque [Nm], (6,).

    :raises ValueError: naming the field that cannot be used
    """
    force, torque = message.wrench.force, message.wrench.torque
    return np.concatenate(
        [
            _finite('force', [force.x, force.y, force.z]),
            _finite('torque', [torque.x, torque.y, torque.z]),
        ]
    )


def read_gripper(message: JointState) -> Vector:
    """Return the width (1,) [m] between the fingers, of which each has a half.

    :raises ValueError: naming the field that cannot be used
    """
    if not message.position:
        raise ValueError('position must hold that of each finger, got none')
    return np.array([_finite('position', message.position).sum()])


def read_robot(message: Any) -> RobotReport:
    """Read a FrankaRobotState.

    :raises ValueError: naming the field that cannot be used
    """
    rate = message.control_command_success_rate
    return RobotReport(
        mode=message.robot_mode,
        errors=_flags(message.current_errors),
        last_errors=_flags(message.last_motion_errors),
        success_rate=float(_finite('control_command_success_rate', [rate])[0]),
    )


def _numbers(field: str, values: Any, names: list[str], order: list[int]) -> Vector:
    found = np.array(values, np.float64)
    if len(found) != len(names):
        raise ValueError(f'{field} must hold {len(names)} numbers, as name, got {len(found)}')
    chosen: Vector = found[order]
    wrong = np.flatnonzero(~np.isfinite(chosen))
    if len(wrong):
        index = order[int(wrong[0])]
        raise ValueError(f'{field} of {names[index]} must be finite, got {found[index]}')
    return chosen


def _finite(field: str, values: Any) -> Vector:
    found = np.array(values, np.float64)
    if not np.isfinite(found).all():
        raise ValueError(f'{field} must be finite, got {found.tolist()}')
    return found


def _flags(errors: Any) -> frozenset[str]:
    names = errors.get_fields_and_field_types()
    return frozenset(name for name in names if getattr(errors, name))
