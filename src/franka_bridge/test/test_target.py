# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""No displacement, however wild, takes the target beyond a limit."""

from __future__ import annotations

from franka_bridge.arm_state import ArmState
from franka_bridge.kinematics import forward_kinematics, inverse_kinematics, READY
from franka_bridge.limits import ArmLimits
from franka_bridge.rotations import inverse, matrix_of, multiply, rotation_vector_of
from franka_bridge.target import Target, target_here, TargetGenerator
import numpy as np
import pytest

from .arm_states import arm_at

LIMITS = ArmLimits()
LOW, HIGH = LIMITS.joint_range()


def angle(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(rotation_vector_of(multiply(a, inverse(b)))))


def begin(motion: str, state: ArmState) -> TargetGenerator:
    generator = TargetGenerator(LIMITS, motion)
    generator.begin(target_here(state))
    return generator


def follow(target: Target) -> ArmState:
    """An arm that is where the generator foresees it when the next step begins."""
    return arm_at(target.joint_positions)


@pytest.mark.parametrize('seed', range(5))
def test_a_wild_walk_of_poses_keeps_every_limit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    state = arm_at(READY)
    generator = begin('cartesian', state)
    way = rng.normal(size=6)
    for step in range(400):
        if step % 60 == 0:
            way = rng.normal(size=6)  # persistent, so that walls are met
        last = generator.target
        target = generator.advance(way * rng.uniform(0.0, 0.1), state)
        # The leash alone may pull farther, back to the arm.
        beyond = np.linalg.norm(last.position - state.tcp_position) - LIMITS.leash_translation
        if beyond <= 0:
            moved = np.abs(target.position - last.position)
            assert (moved <= LIMITS.max_translation + 1e-9).all()
        assert (target.position >= np.array(LIMITS.box_low) - 1e-9).all()
        assert (target.position <= np.array(LIMITS.box_high) + 1e-9).all()
        assert -matrix_of(target.orientation)[2, 2] >= np.cos(LIMITS.max_tilt) - 1e-9
        state = follow(target)
        assert (state.joint_positions >= LOW - 0.02).all()
        assert (state.joint_positions <= HIGH + 0.02).all()
    assert generator.limited > 0


def test_an_arm_that_is_held_back_feels_no_more_than_the_leash() -> None:
    state = arm_at(READY)
    generator = begin('cartesian', state)
    for _ in range(100):
        target = generator.advance(np.array([0.004, 0.0, -0.004, 0.0, 0.0, 0.02]), state)
    distance = np.linalg.norm(target.position - state.tcp_position)
    assert distance == pytest.approx(LIMITS.leash_translation)
    assert angle(target.orientation, state.tcp_orientation) <= LIMITS.leash_rotation + 1e-9


def test_a_target_goes_on_from_the_last_target_not_from_an_arm_that_sags() -> None:
    state = arm_at(READY)
    generator = begin('cartesian', state)
    start = generator.target.position
    sagging = ArmState(**{**vars(state), 'tcp_position': state.tcp_position - [0, 0, 0.002]})
    for _ in range(50):
        target = generator.advance(np.zeros(6), sagging)
    np.testing.assert_allclose(target.position, start)


def test_from_outside_the_box_the_way_leads_back_a_step_at_a_time() -> None:
    state = arm_at(
        inverse_kinematics(
            np.array([0.4, 0.0, 0.03]),
            target_here(arm_at(READY)).orientation,
            READY,
            robot_type='fr3',
        )
    )
    generator = begin('cartesian', state)
    heights = []
    for _ in range(8):
        target = generator.advance(np.array([0.0, 0.0, -0.004, 0.0, 0.0, 0.0]), state)
        heights.append(target.position[2])
        state = follow(target)
    assert np.diff(heights).min() >= -1e-9
    assert np.diff(heights).max() <= LIMITS.max_translation + 1e-9
    assert heights[-1] == pytest.approx(LIMITS.box_low[2], abs=1e-4)


@pytest.mark.parametrize('seed', range(5))
def test_a_wild_walk_of_joints_keeps_every_limit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    state = arm_at(READY)
    generator = begin('joint', state)
    way = rng.normal(size=7)
    for step in range(400):
        if step % 60 == 0:
            way = rng.normal(size=7)
        last = generator.target
        target = generator.advance(way * rng.uniform(0.0, 0.5), state)
        moved = np.abs(target.joint_positions - last.joint_positions)
        assert (moved <= LIMITS.max_joint_step + 1e-9).all()
        assert (target.joint_positions >= LOW - 1e-9).all()
        assert (target.joint_positions <= HIGH + 1e-9).all()
        position, _ = forward_kinematics(target.joint_positions)
        assert (position >= np.array(LIMITS.box_low) - 1e-9).all()
        assert (position <= np.array(LIMITS.box_high) + 1e-9).all()
        state = arm_at(target.joint_positions)


def test_joints_that_are_held_back_feel_no_more_than_the_leash() -> None:
    state = arm_at(READY)
    generator = begin('joint', state)
    for _ in range(50):
        target = generator.advance(np.full(7, 0.01), state)
    distance = np.abs(target.joint_positions - state.joint_positions).max()
    assert distance <= LIMITS.leash_joint + 1e-9
