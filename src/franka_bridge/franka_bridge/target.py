# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Where the arm shall go next: the last target plus what an action adds, within all limits.

The target continues from the last target, not from the measured pose: an impedance controller that
yields to gravity or friction would otherwise sink, step by step. A leash keeps it near the arm,
so that whoever holds the arm back never feels more than stiffness times leash.
"""

from __future__ import annotations

from dataclasses import dataclass
import math

from franka_bridge.arm_state import ArmState, Vector
from franka_bridge.base import BaseFrame, ORIGIN
from franka_bridge.kinematics import forward_kinematics, jacobian
from franka_bridge.limits import ArmLimits
from franka_bridge.rotations import (
    inverse,
    matrix_of,
    multiply,
    quaternion_from,
    rotation_vector_of,
)
import numpy as np


@dataclass(frozen=True, eq=False)
class Target:
    """Where a controller shall bring the arm.

    :param joint_positions: (7,) [rad]; for a controller of poses, what joints may move to while
        the tool keeps its pose
    :param position: (3,) of the tool in the world [m]
    :param orientation: (4,) of the tool in the world, unit quaternion x, y, z, w
    """

    joint_positions: Vector
    position: Vector
    orientation: Vector


def target_at(joint_positions: Vector, base: BaseFrame = ORIGIN) -> Target:
    """Return the target with the tool where given joints bring it.

    :param joint_positions: (7,) [rad]
    :param base: of the arm
    """
    return Target(joint_positions.copy(), *forward_kinematics(joint_positions, base))


def target_here(state: ArmState) -> Target:
    """Return the target that leaves the arm where it is."""
    return Target(
        state.joint_positions.copy(), state.tcp_position.copy(), state.tcp_orientation.copy()
    )


def within_tracking_error(target: Target, state: ArmState, limits: ArmLimits) -> Target:
    """Return the target no farther from the arm than its leash.

    :param state: what was measured last
    """
    here = state.tcp_orientation
    away = rotation_vector_of(multiply(target.orientation, inverse(here)))
    turn = quaternion_from(_shortened(away, limits.leash_rotation))
    ahead = target.joint_positions - state.joint_positions
    return Target(
        state.joint_positions + np.clip(ahead, -limits.leash_joint, limits.leash_joint),
        state.tcp_position
        + _shortened(target.position - state.tcp_position, limits.leash_translation),
        multiply(turn, here),
    )


class TargetGenerator:
    """The target of an episode, moved by one displacement a step.

    :param motion: 'cartesian' or 'joint', what displacements are of
    """

    def __init__(self, limits: ArmLimits, motion: str) -> None:
        self._limits = limits
        self._move = self._move_pose if motion == 'cartesian' else self._move_joints
        self._low, self._high = limits.joint_range()
        self._box = np.array(limits.box_low), np.array(limits.box_high)
        self._target: Target | None = None
        self.limited = 0  # steps in which a limit changed the target

    @property
    def target(self) -> Target:
        """The last target; there is one once `begin` was called."""
        assert self._target is not None
        return self._target

    def begin(self, target: Target) -> None:
        """Continue from a target: that which brought the arm to its start."""
        self._target = target

    def advance(self, displacement: Vector, state: ArmState) -> Target:
        """Move the target by one step.

        :param displacement: (6,) translation [m] and rotation vector [rad] in the world, or
            (7,) of the joints [rad]; finite
        :param state: what was measured last
        :return: the next target, within every limit
        """
        target, is_limited = self._move(self.target, displacement, state)
        self.limited += is_limited
        self._target = target
        return target

    def _move_pose(
        self, last: Target, displacement: Vector, state: ArmState
    ) -> tuple[Target, bool]:
        limits = self._limits
        # From outside the box the way leads back into it, one step's length at a time.
        boxed = np.clip(last.position + displacement[:3], *self._box)
        longest = limits.max_translation
        position = last.position + np.clip(boxed - last.position, -longest, longest)
        turn = np.clip(displacement[3:], -limits.max_rotation, limits.max_rotation)
        orientation = multiply(quaternion_from(turn), last.orientation)
        if _tilt(orientation) > max(limits.max_tilt, _tilt(last.orientation)):
            orientation = last.orientation
        wanted = within_tracking_error(
            Target(last.joint_positions, position, orientation), state, limits
        )
        position, orientation = wanted.position, wanted.orientation
        joints = self._joints_for(position, orientation, state)
        if joints is None:
            return last, True
        is_limited = not np.allclose(position, last.position + displacement[:3], atol=1e-9)
        return Target(joints, position, orientation), is_limited

    def _joints_for(self, position: Vector, orientation: Vector, state: ArmState) -> Vector | None:
        """Foresee the joints of a pose near the arm; None where one would go into its margin."""
        turn = rotation_vector_of(multiply(orientation, inverse(state.tcp_orientation)))
        error = np.concatenate([position - state.tcp_position, turn])
        matrix = jacobian(state.joint_positions, state.base)
        # Damped, as the arm may be near a singularity.
        change = matrix.T @ np.linalg.solve(matrix @ matrix.T + 1e-4 * np.eye(6), error)
        joints: Vector = state.joint_positions + change
        too_low = (joints < self._low) & (change < -1e-9)
        too_high = (joints > self._high) & (change > 1e-9)
        return None if (too_low | too_high).any() else joints

    def _move_joints(
        self, last: Target, displacement: Vector, state: ArmState
    ) -> tuple[Target, bool]:
        limits = self._limits
        way = np.clip(displacement, -limits.max_joint_step, limits.max_joint_step)
        ranged = np.clip(last.joint_positions + way, self._low, self._high)
        way = ranged - last.joint_positions
        way = np.clip(way, -limits.max_joint_step, limits.max_joint_step)
        here, leash = state.joint_positions, limits.leash_joint
        joints = here + np.clip(last.joint_positions + way - here, -leash, leash)
        target = target_at(joints, state.base)
        if self._outside(target) > max(1e-9, self._outside(last)):
            return last, True
        is_limited = not np.allclose(joints, last.joint_positions + displacement, atol=1e-9)
        return target, is_limited

    def _outside(self, target: Target) -> float:
        """Return how far the tool is outside the box [m], 0 within it."""
        return float(np.linalg.norm(target.position - np.clip(target.position, *self._box)))


def _shortened(vector: Vector, longest: float) -> Vector:
    length = float(np.linalg.norm(vector))
    return vector if length <= longest else vector * (longest / length)


def _tilt(orientation: Vector) -> float:
    """Return the angle between the tool's z axis and straight down [rad]."""
    return math.acos(float(np.clip(-matrix_of(orientation)[2, 2], -1.0, 1.0)))
