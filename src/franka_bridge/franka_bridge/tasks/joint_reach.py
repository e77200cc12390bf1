# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Task `joint_reach`: bring all joints to drawn angles."""

from __future__ import annotations

from dataclasses import dataclass

from franka_bridge.arm_state import ArmState, Vector
from franka_bridge.base import BaseFrame, ORIGIN
from franka_bridge.kinematics import (
    DOWN,
    forward_kinematics,
    inverse_kinematics,
    JOINT_RANGES,
    READY,
)
from franka_bridge.target import Target
from franka_bridge.tasks.task import ObservationField, StepResult, Task
import numpy as np
from sac_core.arrays import FloatArray
from sac_core.settings import setting, Settings


@dataclass(frozen=True, kw_only=True)
class JointReachConfig(Settings):
    """What can be chosen of `joint_reach`."""

    max_episode_steps: int = setting(100, 'Time limit in steps.', low=1)
    step_angle: float = setting(0.008, 'Motion for an action of 1 [rad].', low=1e-4, high=0.1)
    success_angle: float = setting(
        0.1, 'All joints closer to the goal than this are at it [rad].', low=1e-3, high=0.5
    )
    success_steps: int = setting(
        10, 'Steps in a row at the goal after which it is reached.', low=1, high=1000
    )
    middle: tuple[float, ...] = setting(
        (0.45, 0.0, 0.35),
        'End effector, pointing down, at the joint positions around which all starts and goals'
        ' lie [m].',
        low=-1000.0,
        high=1000.0,
    )
    goal_spread: float = setting(
        0.25, 'Farthest that a goal lies from these, in each joint [rad].', low=0.0, high=1.0
    )
    start_spread: float = setting(
        0.05, 'Farthest that an episode begins from these [rad].', low=0.0, high=1.0
    )
    tool_low: tuple[float, ...] = setting(
        (0.28, -0.32, 0.15),
        'Lower corner of the box in which goals hold the end effector [m].',
        low=-1000.0,
        high=1000.0,
    )
    tool_high: tuple[float, ...] = setting(
        (0.62, 0.32, 0.55), 'Upper corner of that box [m].', low=-1000.0, high=1000.0
    )
    joint_margin: float = setting(
        0.2, 'Goals keep this distance to the end of a joint [rad].', low=0.0, high=0.5
    )
    effort_weight: float = setting(0.1, 'Cost of an action of length 1.', low=0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ('middle', 'tool_low', 'tool_high'):
            if len(getattr(self, name)) != 3:
                raise ValueError(f'{name} must be 3 numbers, got {getattr(self, name)}')
        inside = zip(self.tool_low, self.middle, self.tool_high, strict=True)
        if not all(low < middle < high for low, middle, high in inside):
            raise ValueError(f'middle must be between tool_low and tool_high, got {self.middle}')


class JointReach(Task):
    """Success is to stay within `success_angle` of the goal in all joints, and ends the episode.

    The reward of a step is by how much the target's distance to the goal, summed over the joints,
    has shrunk, in units of `step_angle`, less a cost of the action; as in `reach`, the arm's own
    distance would come too late to learn from.

    An episode that ended at the first touch would take away what is left of the way, so that it
    paid to put the touch off; and a reward for it would bind together joints that have nothing to
    do with each other. Staying is neither lost nor paid, and shows what is right near the goal.

    :param robot_type: 'fr3' or 'fer', whose joints have other ranges
    :raises ValueError: where no goal would be within them
    """

    config_class = JointReachConfig
    name = 'joint_reach'
    motion = 'joint'
    action_dim = 7
    observation_layout = (
        ObservationField('joint positions', 'rad', 7),
        ObservationField('joint velocities', 'rad/s', 7),
        ObservationField('goal minus joint positions', 'rad', 7),
        ObservationField('target minus joint positions', 'rad', 7),
    )

    def __init__(
        self, robot_type: str, numbers: JointReachConfig, base: BaseFrame = ORIGIN
    ) -> None:
        self.numbers = numbers
        self._base = base
        self.max_episode_steps = numbers.max_episode_steps
        low, high = JOINT_RANGES[robot_type]
        self._low, self._high = low + numbers.joint_margin, high - numbers.joint_margin
        self._middle = inverse_kinematics(
            np.array(numbers.middle), DOWN, READY, robot_type=robot_type, base=base
        )
        if not ((self._middle > self._low) & (self._middle < self._high)).all():
            raise ValueError(f'middle is out of the range of a joint, got {numbers.middle}')
        self._goal = self._middle
        self._distance = 0.0
        self._steps_there = 0  # in a row

    def reset_goal(self, rng: np.random.Generator) -> Vector:
        return self._near_middle(rng, self.numbers.start_spread)

    def begin(self, state: ArmState, target: Target, rng: np.random.Generator) -> None:
        self._goal = self._near_middle(rng, self.numbers.goal_spread)
        self._distance = self._distance_of(target)
        self._steps_there = 0

    def observe(self, state: ArmState, target: Target) -> FloatArray:
        angles = state.joint_positions
        away = target.joint_positions - angles
        parts = [angles, state.joint_velocities, self._goal - angles, away]
        return np.concatenate(parts).astype(np.float32)

    def displacement(self, action: FloatArray) -> Vector:
        return self.numbers.step_angle * action.astype(np.float64)

    def evaluate(self, state: ArmState, target: Target, action: FloatArray) -> StepResult:
        numbers = self.numbers
        distance = self._distance_of(target)
        reward = (self._distance - distance) / numbers.step_angle
        reward -= numbers.effort_weight * float(np.mean(np.square(action)))
        self._distance = distance
        there = np.all(np.abs(self._goal - state.joint_positions) < numbers.success_angle)
        self._steps_there = self._steps_there + 1 if there else 0
        success = self._steps_there >= numbers.success_steps
        return StepResult(reward, success, success)

    def _distance_of(self, target: Target) -> float:
        return float(np.sum(np.abs(self._goal - target.joint_positions)))

    def _near_middle(self, rng: np.random.Generator, spread: float) -> Vector:
        """Draw joint positions that keep to the box and away from the ends of the joints."""
        numbers = self.numbers
        while True:
            joints = self._middle + rng.uniform(-spread, spread, 7)
            tool = forward_kinematics(joints, self._base)[0]
            in_box = (tool >= numbers.tool_low) & (tool <= numbers.tool_high)
            in_range = (joints >= self._low) & (joints <= self._high)
            if in_box.all() and in_range.all():
                return joints
