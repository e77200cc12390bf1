# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""States of an arm at given joint positions, for the tests of tasks."""

from __future__ import annotations

from franka_bridge.arm_state import ArmState, Vector
from franka_bridge.kinematics import forward_kinematics
import numpy as np


def arm_at(
    joint_positions: Vector, *, velocities: Vector | None = None, wrench: Vector | None = None
) -> ArmState:
    """Stand, or move, at joint positions (7,)."""
    position, orientation = forward_kinematics(joint_positions)
    return ArmState(
        time=0.0,
        joint_positions=joint_positions,
        joint_velocities=np.zeros(7) if velocities is None else velocities,
        joint_torques=np.zeros(7),
        tcp_position=position,
        tcp_orientation=orientation,
        wrench=np.zeros(6) if wrench is None else wrench,
        gripper_width=0.04,
    )
