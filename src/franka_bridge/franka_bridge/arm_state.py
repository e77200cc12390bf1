# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What an arm measures at one moment, as the tasks see it."""

from __future__ import annotations

from dataclasses import dataclass

from franka_bridge.base import BaseFrame, ORIGIN
from franka_bridge.rotations import Vector as Vector
import numpy as np


@dataclass(frozen=True, eq=False)
class ArmState:
    """State of arm and gripper in float64, all finite but torques that are unknown.

    :param time: of the driver's clock, when the joints were measured [s]
    :param joint_positions: (7,) [rad]
    :param joint_velocities: (7,) [rad/s]
    :param joint_torques: (7,) measured on the link side, with gravity [Nm]; NaN where the driver
        does not say them
    :param tcp_position: (3,) of the end effector in the world [m]
    :param tcp_orientation: (4,) of the end effector in the world, unit quaternion x, y, z, w
    :param wrench: (6,) force [N] and torque [Nm] in the stiffness frame, positive where the arm
        pushes, as libfranka's K_F_ext_hat_K
    :param gripper_width: between the fingers [m]; 0 without a gripper
    :param base: where the arm stands
    """

    time: float
    joint_positions: Vector
    joint_velocities: Vector
    joint_torques: Vector
    tcp_position: Vector
    tcp_orientation: Vector
    wrench: Vector
    gripper_width: float = 0.0
    base: BaseFrame = ORIGIN

    @property
    def not_finite(self) -> str:
        """The first field that holds NaN or infinity and should not; empty: none."""
        needed = (name for name in vars(self) if name not in ('joint_torques', 'base'))
        return next((name for name in needed if not np.isfinite(getattr(self, name)).all()), '')
