# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The state of the end effector as 20 numbers, those of SERL's Franka (arXiv:2401.16013)."""

from __future__ import annotations

from franka_bridge.arm_state import ArmState, Vector
from franka_bridge.kinematics import DOWN, jacobian
from franka_bridge.tasks.task import ObservationField
import numpy as np
from sac_core.arrays import FloatArray

STATE_LAYOUT = (
    ObservationField('tcp position, world frame', 'm', 3),
    ObservationField('tcp orientation, world frame, quaternion x, y, z, w with x >= 0', '', 4),
    ObservationField('tcp velocity, world frame', 'm/s', 3),
    ObservationField('tcp angular velocity, world frame', 'rad/s', 3),
    ObservationField('gripper width', 'm', 1),
    ObservationField('force on the environment, stiffness frame', 'N', 3),
    ObservationField('torque on the environment, stiffness frame', 'Nm', 3),
)


def tcp_velocity(state: ArmState) -> Vector:
    """Linear [m/s] and angular velocity [rad/s] (6,) of the end effector, in the world frame.

    The driver publishes no measured one, so it is the Jacobian times the joint velocities.
    """
    velocity: Vector = jacobian(state.joint_positions, state.base) @ state.joint_velocities
    return velocity


def at_most_one_long(action: FloatArray) -> Vector:
    """Shorten a vector to length 1: a corner of the box of actions is no faster than a side."""
    length = max(1.0, float(np.linalg.norm(action)))
    return np.asarray(action / length, np.float64)


def state_vector(state: ArmState) -> Vector:
    """Describe the end effector, (20,), as `STATE_LAYOUT` says."""
    # A quaternion and its negative are the same rotation. Where the hand points down w is near 0,
    # so that the usual choice of its sign, w >= 0, would flip all four numbers at a whim.
    orientation = state.tcp_orientation
    sign = 1.0 if orientation @ DOWN >= 0 else -1.0
    return np.concatenate(
        [
            state.tcp_position,
            sign * orientation,
            tcp_velocity(state),
            [state.gripper_width],
            state.wrench,
        ]
    )
