# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Targets that become trajectories: one joins the next, and the last one ends at rest."""

from __future__ import annotations

from franka_bridge.trajectory import Trajectories
import numpy as np

STEP = 0.02  # [s]


def test_a_target_is_passed_with_the_velocity_of_the_way_to_it() -> None:
    trajectories = Trajectories(STEP)
    trajectories.through(np.zeros(7), 5.0)
    first, _ = trajectories.through(np.full(7, 0.01), 5.0 + STEP)
    np.testing.assert_allclose(first.positions, 0.01)
    np.testing.assert_allclose(first.velocities, 0.5)


def test_a_trajectory_ends_at_rest_where_braking_from_that_velocity_leads() -> None:
    trajectories = Trajectories(STEP)
    trajectories.through(np.zeros(7), 5.0)
    first, last = trajectories.through(np.full(7, 0.01), 5.0 + STEP)
    assert last.time > first.time > STEP
    assert (last.velocities == 0.0).all()
    way = first.velocities * (last.time - first.time) / 2
    np.testing.assert_allclose(last.positions, first.positions + way)


def test_a_target_after_a_pause_begins_from_rest() -> None:
    trajectories = Trajectories(STEP)
    trajectories.through(np.zeros(7), 5.0)
    first, last = trajectories.through(np.full(7, 0.1), 6.0)
    assert (first.velocities == 0.0).all()
    np.testing.assert_allclose(last.positions, first.positions)
