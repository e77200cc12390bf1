# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Task `reach`: bring the end effector to a drawn point; it keeps its direction."""

from __future__ import annotations

from dataclasses import dataclass

from franka_bridge.arm_state import ArmState, Vector
from franka_bridge.base import BaseFrame, ORIGIN
from franka_bridge.kinematics import DOWN, inverse_kinematics, READY
from franka_bridge.target import Target
from franka_bridge.tasks.end_effector import at_most_one_long, STATE_LAYOUT, state_vector
from franka_bridge.tasks.task import ObservationField, StepResult, Task
import numpy as np
from sac_core.arrays import FloatArray
from sac_core.settings import setting, Settings


@dataclass(frozen=True, kw_only=True)
class ReachConfig(Settings):
    """What can be chosen of `reach`. Points are those of the end effector, in the world frame."""

    max_episode_steps: int = setting(150, 'Time limit in steps.', low=1)
    step_length: float = setting(
        0.004, 'Motion for an action of length 1, and the longest one [m].', low=1e-4, high=0.02
    )
    success_distance: float = setting(
        0.02, 'Closer to the goal than this has reached it [m].', low=1e-3, high=0.2
    )
    goal_low: tuple[float, ...] = setting(
        (0.35, -0.25, 0.15), 'Lower corner of the box of goals [m].', low=-1000.0, high=1000.0
    )
    goal_high: tuple[float, ...] = setting(
        (0.6, 0.25, 0.45), 'Upper corner of the box of goals [m].', low=-1000.0, high=1000.0
    )
    start: tuple[float, ...] = setting(
        (0.45, 0.0, 0.3),
        'Middle of the points where episodes begin [m].',
        low=-1000.0,
        high=1000.0,
    )
    start_spread: float = setting(
        0.05, 'Farthest that an episode begins from there, along each axis [m].', low=0.0, high=0.3
    )
    success_reward: float = setting(20.0, 'Reward for the goal.', low=0.0)
    effort_weight: float = setting(0.3, 'Cost of an action of length 1.', low=0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ('goal_low', 'goal_high', 'start'):
            if len(getattr(self, name)) != 3:
                raise ValueError(f'{name} must be 3 numbers, got {getattr(self, name)}')
        if not all(low <= high for low, high in zip(self.goal_low, self.goal_high, strict=True)):
            raise ValueError(
                f'goal_low must not be above goal_high, got {self.goal_low}, {self.goal_high}'
            )


class Reach(Task):
    """Success is to be within `success_distance` of the goal, and ends the episode.

    The reward of a step is by how much the target's distance to the goal has shrunk, in units of
    `step_length`, less a cost of the action; the sum over an episode is thus bounded, and standing
    still earns nothing. The arm follows the target with a lag of several steps: paid by its own
    way, it would take several times as long to learn which action was good.

    :raises ValueError: where episodes would begin out of the arm's reach
    """

    config_class = ReachConfig
    name = 'reach'
    motion = 'cartesian'
    action_dim = 3
    observation_layout = (
        *STATE_LAYOUT,
        ObservationField('goal minus tcp position, world frame', 'm', 3),
        ObservationField('target minus tcp position, world frame', 'm', 3),
    )

    def __init__(self, robot_type: str, numbers: ReachConfig, base: BaseFrame = ORIGIN) -> None:
        self.numbers = numbers
        self.max_episode_steps = numbers.max_episode_steps
        self._robot_type, self._base = robot_type, base
        self._home = inverse_kinematics(
            np.array(numbers.start), DOWN, READY, robot_type=robot_type, base=base
        )
        self._goal = np.array(numbers.start)
        self._distance = 0.0

    def reset_goal(self, rng: np.random.Generator) -> Vector:
        spread = self.numbers.start_spread
        point = np.array(self.numbers.start) + rng.uniform(-spread, spread, 3)
        return inverse_kinematics(
            point, DOWN, self._home, robot_type=self._robot_type, base=self._base
        )

    def begin(self, state: ArmState, target: Target, rng: np.random.Generator) -> None:
        self._goal = rng.uniform(self.numbers.goal_low, self.numbers.goal_high)
        self._distance = self._distance_of(target.position)

    def observe(self, state: ArmState, target: Target) -> FloatArray:
        here = state.tcp_position
        parts = [state_vector(state), self._goal - here, target.position - here]
        return np.concatenate(parts).astype(np.float32)

    def displacement(self, action: FloatArray) -> Vector:
        return np.append(self.numbers.step_length * at_most_one_long(action), np.zeros(3))

    def evaluate(self, state: ArmState, target: Target, action: FloatArray) -> StepResult:
        numbers = self.numbers
        distance = self._distance_of(target.position)
        reward = (self._distance - distance) / numbers.step_length
        reward -= numbers.effort_weight * float(np.mean(np.square(action)))
        self._distance = distance
        success = self._distance_of(state.tcp_position) < numbers.success_distance
        return StepResult(reward + success * numbers.success_reward, success, success)

    def _distance_of(self, point: Vector) -> float:
        return float(np.linalg.norm(self._goal - point))
