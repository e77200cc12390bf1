# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The way to a start is smooth, keeps its limits, and is over only where the arm is there."""

from __future__ import annotations

from franka_bridge.kinematics import READY
from franka_bridge.limits import ArmLimits
from franka_bridge.reset_motion import ResetMotion
import numpy as np
import pytest

from .arm_states import arm_at

LIMITS = ArmLimits()
FAR = READY + np.array([0.9, 0.3, -0.4, 0.2, 0.0, 0.5, -1.0])


def test_velocity_and_acceleration_stay_below_their_limits() -> None:
    motion = ResetMotion(LIMITS, READY, [FAR, READY + 0.05])
    times = np.arange(0.0, motion.duration + 0.5, 0.001)
    way = np.array([motion.at(time) for time in times])
    velocities = np.diff(way, axis=0) / 0.001
    accelerations = np.diff(velocities, axis=0) / 0.001
    assert np.abs(velocities).max() <= LIMITS.reset_velocity * 1.001
    assert np.abs(accelerations).max() <= LIMITS.reset_acceleration * 1.01
    assert np.abs(velocities).max() >= LIMITS.reset_velocity * 0.9  # no slower than it needs be
    np.testing.assert_array_equal(way[0], READY)
    np.testing.assert_allclose(way[-1], READY + 0.05)


def test_it_has_arrived_when_the_arm_stands_there_and_not_before() -> None:
    motion = ResetMotion(LIMITS, READY, [FAR])
    assert not motion.has_arrived(motion.duration - 0.01, arm_at(FAR))
    assert motion.has_arrived(motion.duration, arm_at(FAR))
    assert not motion.has_arrived(motion.duration, arm_at(FAR, velocities=np.full(7, 0.2)))
    assert not motion.has_arrived(motion.duration, arm_at(FAR + 0.2))
    assert not motion.is_late(motion.duration + 0.9 * LIMITS.arrival_timeout)
    assert motion.is_late(motion.duration + 1.1 * LIMITS.arrival_timeout)


def test_a_goal_beyond_the_joints_is_refused() -> None:
    beyond = READY.copy()
    beyond[5] = 0.55
    with pytest.raises(ValueError, match='must stay within'):
        ResetMotion(LIMITS, READY, [beyond])


def test_an_arm_that_is_there_already_needs_no_time() -> None:
    motion = ResetMotion(LIMITS, READY, [READY])
    assert motion.duration == 0.0
    assert motion.has_arrived(0.0, arm_at(READY))
