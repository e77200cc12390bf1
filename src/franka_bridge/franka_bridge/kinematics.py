# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Where the end effector of a Panda (FER) or FR3 is, how fast it moves, and how to get it there.

Both arms have the same Denavit-Hartenberg numbers (Franka Control Interface documentation, robot
specifications; Craig's convention). The end effector is the center point of Franka's hand, as
libfranka has it: 0.1034 m beyond the flange and turned by -45 degrees.
"""

from __future__ import annotations

import math

from franka_bridge.arm_state import Vector
from franka_bridge.base import BaseFrame, ORIGIN
from franka_bridge.rotations import inverse, Matrix, multiply, quaternion_of, rotation_vector_of
import numpy as np

_RIGHT = math.pi / 2
_A = (0.0, 0.0, 0.0, 0.0825, -0.0825, 0.0, 0.088)  # [m]
_D = (0.333, 0.0, 0.316, 0.0, 0.384, 0.0, 0.0)  # [m]
_ALPHA = (0.0, -_RIGHT, _RIGHT, _RIGHT, -_RIGHT, _RIGHT, _RIGHT)  # [rad]
_FLANGE = 0.107  # [m]
_HAND = 0.1034  # [m]
_HAND_ANGLE = -math.pi / 4

# Ranges of the joints [rad] (franka_description, joint_limits.yaml): lowest, highest.
JOINT_RANGES: dict[str, tuple[Vector, Vector]] = {
    'fr3': (
        np.array([-2.7437, -1.7837, -2.9007, -3.0421, -2.8065, 0.5445, -3.0159]),
        np.array([2.7437, 1.7837, 2.9007, -0.1518, 2.8065, 4.5169, 3.0159]),
    ),
    'fer': (
        np.array([-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973]),
        np.array([2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973]),
    ),
}
# The pose in which Franka's own examples begin, within the range of both arms [rad].
READY = np.array([0.0, -math.pi / 4, 0.0, -3 * math.pi / 4, 0.0, math.pi / 2, math.pi / 4])
# The hand points straight down, its x axis forward.
DOWN = np.array([1.0, 0.0, 0.0, 0.0])


def forward_kinematics(joint_positions: Vector, base: BaseFrame = ORIGIN) -> tuple[Vector, Vector]:
    """Find the end effector in the world.

    :param joint_positions: (7,) [rad]
    :param base: of the arm
    :return: position (3,) [m] and orientation (4,), unit quaternion x, y, z, w
    """
    *_, end = _frames(joint_positions, base)
    return end[:3, 3].copy(), quaternion_of(end[:3, :3])


def jacobian(joint_positions: Vector, base: BaseFrame = ORIGIN) -> Matrix:
    """Relate the speeds of the joints to those of the end effector, in the world.

    :param joint_positions: (7,) [rad]
    :param base: of the arm
    :return: (6, 7); times the joint velocities: linear [m/s] above angular velocity [rad/s]
    """
    *joints, end = _frames(joint_positions, base)
    frames = np.array(joints)
    axes = frames[:, :3, 2]
    levers = end[:3, 3] - frames[:, :3, 3]
    matrix: Matrix = np.concatenate([np.cross(axes, levers), axes], axis=1).T
    return matrix


def inverse_kinematics(
    position: Vector,
    orientation: Vector,
    near: Vector,
    *,
    robot_type: str,
    base: BaseFrame = ORIGIN,
) -> Vector:
    """Find joint positions that bring the end effector to a pose, close to given ones.

    Damped least squares; the motion that leaves the end effector where it is draws to `near`.

    :param position: (3,) [m]
    :param orientation: (4,) unit quaternion x, y, z, w
    :param near: (7,) [rad]
    :param base: of the arm; the pose is in the world
    :return: (7,) [rad], within the joints' ranges; exact to 0.1 mm and 0.001 rad
    :raises ValueError: where the pose cannot be reached from there
    """
    low, high = JOINT_RANGES[robot_type]
    joints = near.copy()
    for _ in range(200):
        reached, direction = forward_kinematics(joints, base)
        turn = rotation_vector_of(multiply(orientation, inverse(direction)))
        error = np.concatenate([position - reached, turn])
        if np.linalg.norm(error[:3]) < 1e-4 and np.linalg.norm(turn) < 1e-3:
            return np.asarray(joints)
        matrix = jacobian(joints, base)
        pseudo = matrix.T @ np.linalg.inv(matrix @ matrix.T + 1e-5 * np.eye(6))
        free = np.eye(7) - pseudo @ matrix
        joints = np.clip(joints + pseudo @ error + 0.1 * (free @ (near - joints)), low, high)
    raise ValueError(f'no joint positions of {robot_type} reach {np.round(position, 4).tolist()}')


def _frames(joint_positions: Vector, base: BaseFrame) -> list[Matrix]:
    """Frames (4, 4) of the seven joints, each with its axis along z, and of the end effector."""
    frame = base.matrix
    frames = []
    for a, d, alpha, theta in zip(_A, _D, _ALPHA, joint_positions, strict=True):
        frame = frame @ _transform(a, d, alpha, theta)
        frames.append(frame)
    return [*frames, frame @ _END]


def _transform(a: float, d: float, alpha: float, theta: float) -> Matrix:
    """From one joint's frame to the next one's (Craig, Introduction to Robotics, eq. 3.6)."""
    ct, st, ca, sa = math.cos(theta), math.sin(theta), math.cos(alpha), math.sin(alpha)
    return np.array(
        [
            [ct, -st, 0.0, a],
            [st * ca, ct * ca, -sa, -d * sa],
            [st * sa, ct * sa, ca, d * ca],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


_END = _transform(0.0, _FLANGE + _HAND, 0.0, _HAND_ANGLE)
