# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""States of an arm at given joints, its target where it is, and what a task says of them."""

from __future__ import annotations

from franka_bridge.arm_state import ArmState, Vector
from franka_bridge.kinematics import forward_kinematics
from franka_bridge.target import target_here
from franka_bridge.tasks.task import StepResult, Task
import numpy as np
from sac_core.arrays import FloatArray


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


def seen_by(task: Task, state: ArmState) -> FloatArray:
    return task.observe(state, target_here(state))


def begin(task: Task, state: ArmState, rng: np.random.Generator) -> None:
    task.begin(state, target_here(state), rng)


def judged(task: Task, state: ArmState, action: FloatArray) -> StepResult:
    return task.evaluate(state, target_here(state), action)
