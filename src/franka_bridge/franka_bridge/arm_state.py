# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What an arm measures at one moment, as the tasks see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ArmState:
    """State of arm and gripper, all finite float64.

    :param time: of the driver's clock, when the joints were measured [s]
    :param joint_positions: (7,) [rad]
    :param joint_velocities: (7,) [rad/s]
    :param joint_torques: (7,) measured on the link side, with gravity [Nm]
    :param tcp_position: (3,) of the end effector in the arm's base frame [m]
    :param tcp_orientation: (4,) of the end effector in the base frame, unit quaternion x, y, z, w
    :param wrench: (6,) force [N] and torque [Nm] in the stiffness frame, positive where the arm
        pushes, as libfranka's K_F_ext_hat_K
    :param gripper_width: between the fingers [m]; 0 without a gripper
    """

    time: float
    joint_positions: Vector
    joint_velocities: Vector
    joint_torques: Vector
    tcp_position: Vector
    tcp_orientation: Vector
    wrench: Vector
    gripper_width: float = 0.0
