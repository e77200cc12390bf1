# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""An arm with its task, described as any other robot is."""

from __future__ import annotations

from franka_bridge.tasks.task import Task
import numpy as np
from sac_core.spaces import RobotSpec


def describe_arm(task: Task, *, step_duration: float, session: int) -> RobotSpec:
    """Describe an arm with its task as a robot."""
    return RobotSpec(
        env_id=f'franka/{task.name}',
        observation_dim=task.observation_dim,
        action_dim=task.action_dim,
        action_low=np.full(task.action_dim, -1.0, np.float32),
        action_high=np.ones(task.action_dim, np.float32),
        step_duration=step_duration,
        max_episode_steps=task.max_episode_steps,
        bridge_session=session,
    )
