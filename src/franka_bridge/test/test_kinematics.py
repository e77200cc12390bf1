# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Kinematics: against published poses and against its own differences."""

from __future__ import annotations

from franka_bridge.kinematics import (
    DOWN,
    forward_kinematics,
    inverse_kinematics,
    jacobian,
    JOINT_RANGES,
    READY,
)
from franka_bridge.rotations import inverse, multiply, rotation_vector_of
import numpy as np
import pytest


def random_joints(robot_type: str, count: int) -> np.ndarray:
    low, high = JOINT_RANGES[robot_type]
    return np.random.default_rng(0).uniform(low, high, (count, 7))


def test_the_ready_pose_is_where_franka_says() -> None:
    position, orientation = forward_kinematics(READY)
    np.testing.assert_allclose(position, [0.3069, 0.0, 0.4869], atol=1e-4)
    assert abs(orientation @ DOWN) == pytest.approx(1.0)


def test_the_stretched_arm_is_as_high_as_its_links_are_long() -> None:
    position, _ = forward_kinematics(np.zeros(7))
    np.testing.assert_allclose(
        position, [0.088, 0, 0.333 + 0.316 + 0.384 - 0.107 - 0.1034], atol=1e-9
    )


@pytest.mark.parametrize('robot_type', JOINT_RANGES)
def test_the_jacobian_is_the_derivative_of_the_pose(robot_type: str) -> None:
    step = 1e-6
    for joints in random_joints(robot_type, 20):
        position, orientation = forward_kinematics(joints)
        for joint, column in enumerate(jacobian(joints).T):
            moved = joints.copy()
            moved[joint] += step
            there, turned = forward_kinematics(moved)
            turn = rotation_vector_of(multiply(turned, inverse(orientation)))
            np.testing.assert_allclose((there - position) / step, column[:3], atol=1e-5)
            np.testing.assert_allclose(turn / step, column[3:], atol=1e-5)


@pytest.mark.parametrize('robot_type', JOINT_RANGES)
def test_inverse_kinematics_reaches_the_pose_within_the_ranges(robot_type: str) -> None:
    low, high = JOINT_RANGES[robot_type]
    generator = np.random.default_rng(1)
    for _ in range(20):
        position = generator.uniform([0.35, -0.25, 0.1], [0.6, 0.25, 0.5])
        joints = inverse_kinematics(position, DOWN, READY, robot_type=robot_type)
        reached, orientation = forward_kinematics(joints)
        np.testing.assert_allclose(reached, position, atol=1e-4)
        assert abs(orientation @ DOWN) == pytest.approx(1.0, abs=1e-6)
        assert ((joints >= low) & (joints <= high)).all()


def test_a_pose_out_of_reach_is_refused() -> None:
    with pytest.raises(ValueError, match='no joint positions of fr3 reach'):
        inverse_kinematics(np.array([2.0, 0.0, 0.5]), DOWN, READY, robot_type='fr3')
