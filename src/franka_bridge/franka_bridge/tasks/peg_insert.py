# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Task `peg_insert`: push the peg in the hand into a hole, by feel; all is seen from the hole."""

from __future__ import annotations

from dataclasses import dataclass
import math

from franka_bridge.arm_state import ArmState, Vector
from franka_bridge.base import BaseFrame, ORIGIN
from franka_bridge.kinematics import DOWN, inverse_kinematics, READY
from franka_bridge.rotations import (
    inverse,
    matrix_of,
    multiply,
    quaternion_from,
    rotation_vector_of,
)
from franka_bridge.target import Target
from franka_bridge.tasks.end_effector import at_most_one_long, tcp_velocity
from franka_bridge.tasks.task import ObservationField, StepResult, Task
import numpy as np
from sac_core.arrays import FloatArray
from sac_core.settings import setting, Settings


@dataclass(frozen=True, kw_only=True)
class PegInsertConfig(Settings):
    """What can be chosen of `peg_insert`."""

    max_episode_steps: int = setting(250, 'Time limit in steps.', low=1)
    step_length: float = setting(
        0.0005, 'Motion for an action of length 1, and the longest one [m].', low=1e-4, high=0.02
    )
    step_angle: float = setting(
        0.01, 'Rotation about the axis of the peg for an action of 1 [rad].', low=1e-4, high=0.1
    )
    seat: tuple[float, ...] = setting(
        (0.5, 0.0, 0.12),
        'End effector in the world with the peg seated, pointing down [m].',
        low=-1000.0,
        high=1000.0,
    )
    seat_yaw: float = setting(0.0, 'How far it is turned about the vertical there [rad].')
    success_distance: float = setting(
        0.005, 'Closer to the seat than this along each axis is inserted [m].', low=1e-4, high=0.05
    )
    start_height: float = setting(0.045, 'Episodes begin so far above the seat [m].', low=0.0)
    start_spread: float = setting(
        0.02, 'Farthest that they begin from the axis, along x and y [m].', low=0.0, high=0.1
    )
    start_turn: float = setting(
        0.1, 'Farthest that they begin turned about the axis [rad].', low=0.0, high=0.6
    )
    success_reward: float = setting(10.0, 'Reward for the inserted peg.', low=0.0)
    effort_weight: float = setting(0.05, 'Cost of an action of length 1.', low=0.0)
    force_weight: float = setting(0.01, 'Cost of a force on the hole [1/N].', low=0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.seat) != 3:
            raise ValueError(f'seat must be 3 numbers, got {self.seat}')


class PegInsert(Task):
    """Success is to be within `success_distance` of the seat, and ends the episode.

    Poses are relative to the seat and motions are along the axes of the hand, so that what was
    learned holds for a hole elsewhere (SERL, arXiv:2401.16013, section IV-D). As there, the hand
    stays vertical: an action moves it along three axes and turns it about the peg's.

    The reward of a step is by how many steps the way to the seat has shrunk, less the costs of the
    action and of the force. It is the arm's way, not the target's as in `reach`: a target goes
    through the block, a peg does not. It leads across to the axis and along it, as the straight
    line would end on the block beside the hole, and turns the peg to the hole's edges.

    :raises ValueError: where episodes would begin out of the arm's reach
    """

    config_class = PegInsertConfig
    scene = 'peg_insert'
    name = 'peg_insert'
    motion = 'cartesian'
    action_dim = 4
    observation_layout = (
        ObservationField('tcp position, frame of the seat', 'm', 3),
        ObservationField('tcp rotation vector, frame of the seat', 'rad', 3),
        ObservationField('tcp velocity, frame of the hand', 'm/s', 3),
        ObservationField('tcp angular velocity, frame of the hand', 'rad/s', 3),
        ObservationField('gripper width', 'm', 1),
        ObservationField('force on the environment, stiffness frame', 'N', 3),
        ObservationField('torque on the environment, stiffness frame', 'Nm', 3),
        ObservationField('target minus tcp position, frame of the hand', 'm', 3),
        ObservationField('rotation vector to the target, frame of the hand', 'rad', 3),
    )

    def __init__(
        self, robot_type: str, numbers: PegInsertConfig, base: BaseFrame = ORIGIN
    ) -> None:
        self.numbers = numbers
        self.max_episode_steps = numbers.max_episode_steps
        self._robot_type, self._base = robot_type, base
        self._seat = np.array(numbers.seat)
        self._upright = multiply(quaternion_from(np.array([0.0, 0.0, numbers.seat_yaw])), DOWN)
        self._to_seat = matrix_of(self._upright).T
        self._above = self._joints(np.array([0.0, 0.0, numbers.start_height]), 0.0, READY)
        self._hand = self._upright
        self._way = 0.0

    def retreat(self, state: ArmState) -> Vector:
        """Lift the peg along its own axis until it is clear of the hole."""
        lifts = np.arange(1, 7) * self.numbers.start_height / 6
        joints = [state.joint_positions]
        for lift in lifts:
            point = state.tcp_position + np.array([0.0, 0.0, lift])
            joints.append(
                inverse_kinematics(
                    point,
                    state.tcp_orientation,
                    joints[-1],
                    robot_type=self._robot_type,
                    base=self._base,
                )
            )
        return np.array(joints[1:])

    def reset_goal(self, rng: np.random.Generator) -> Vector:
        spread = self.numbers.start_spread
        offset = np.append(rng.uniform(-spread, spread, 2), self.numbers.start_height)
        turn = rng.uniform(-self.numbers.start_turn, self.numbers.start_turn)
        return self._joints(offset, turn, self._above)

    def begin(self, state: ArmState, target: Target, rng: np.random.Generator) -> None:
        self._hand = state.tcp_orientation
        self._way = self._way_of(state)

    def observe(self, state: ArmState, target: Target) -> FloatArray:
        self._hand = state.tcp_orientation
        to_hand = matrix_of(self._hand).T
        velocity = tcp_velocity(state)
        parts = [
            self._to_seat @ (state.tcp_position - self._seat),
            rotation_vector_of(multiply(inverse(self._upright), self._hand)),
            to_hand @ velocity[:3],
            to_hand @ velocity[3:],
            [state.gripper_width],
            state.wrench,
            to_hand @ (target.position - state.tcp_position),
            rotation_vector_of(multiply(inverse(self._hand), target.orientation)),
        ]
        return np.concatenate(parts).astype(np.float32)

    def displacement(self, action: FloatArray) -> Vector:
        numbers = self.numbers
        from_hand = matrix_of(self._hand)
        translation = from_hand @ (numbers.step_length * at_most_one_long(action[:3]))
        return np.append(translation, from_hand[:, 2] * (numbers.step_angle * action[3]))

    def evaluate(self, state: ArmState, target: Target, action: FloatArray) -> StepResult:
        numbers = self.numbers
        way = self._way_of(state)
        reward = self._way - way
        reward -= numbers.effort_weight * float(np.mean(np.square(action)))
        reward -= numbers.force_weight * float(np.linalg.norm(state.wrench[:3]))
        self._way = way
        offset = np.abs(state.tcp_position - self._seat)
        success = bool(np.all(offset < numbers.success_distance))
        return StepResult(reward + success * numbers.success_reward, success, success)

    def _way_of(self, state: ArmState) -> float:
        """Count the steps from here to the seat: across, along the axis, and about it."""
        numbers = self.numbers
        x, y, along = (self._to_seat @ (state.tcp_position - self._seat)).tolist()
        turn = rotation_vector_of(multiply(inverse(self._upright), state.tcp_orientation))[2]
        length = math.hypot(x, y) + abs(float(along))
        return length / numbers.step_length + abs(float(turn)) / numbers.step_angle

    def _joints(self, offset: Vector, turn: float, near: Vector) -> Vector:
        """Joint positions that hold the peg beside the seat, turned about its axis."""
        point = self._seat + offset
        orientation = multiply(quaternion_from(np.array([0.0, 0.0, turn])), self._upright)
        return inverse_kinematics(
            point, orientation, near, robot_type=self._robot_type, base=self._base
        )
