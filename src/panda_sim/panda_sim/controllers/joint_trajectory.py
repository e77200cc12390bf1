# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The stock `joint_trajectory_controller` on the effort interface: follow points in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from panda_sim.arm import Vector
from panda_sim.sensed import Sensed

# Gains of franka_fr3_moveit_config's controller.
_P = np.array([600.0, 600.0, 600.0, 600.0, 250.0, 150.0, 50.0])  # Nm/rad
_D = np.array([30.0, 30.0, 30.0, 30.0, 10.0, 10.0, 5.0])  # Nm s/rad
_TICK = 0.001


@dataclass(frozen=True)
class TrajectoryPoint:
    """:param time: from the trajectory's start (s)
    :param positions: (7,) rad
    :param velocities: (7,) rad/s, or None where the way to this point is a straight line
    """

    time: float
    positions: Vector
    velocities: Vector | None = None


class JointTrajectory:
    """PD control to a trajectory: lines between points, or cubics where velocities are given."""

    def __init__(self) -> None:
        self._points: list[TrajectoryPoint] = []
        self._time = 0.0
        self._segment = 0
        self.desired_positions: Vector = np.zeros(7)
        self.desired_velocities: Vector = np.zeros(7)
        self._is_new = False

    def start(self, sensed: Sensed) -> None:
        self._points = []
        self._is_new = False
        self.desired_positions[:] = sensed.positions
        self.desired_velocities[:] = 0.0

    def follow(self, points: Sequence[TrajectoryPoint]) -> None:
        """
        Replace the trajectory: from the desired state of the next tick through these points, as
        with `interpolate_from_desired_state`.

        :raises ValueError: if there is none, a time does not rise or a number does not do
        """
        times = [0.0, *(point.time for point in points)]
        if not points:
            raise ValueError('points must not be empty')
        if not np.isfinite(times).all() or (np.diff(times) <= 0.0).any():
            raise ValueError(f'time_from_start must rise from above zero, got {times[1:]}')
        for point in points:
            for vector in (point.positions, point.velocities):
                if vector is not None and not (vector.shape == (7,) and np.isfinite(vector).all()):
                    raise ValueError(f'a point must have 7 finite numbers, got {vector.tolist()}')
        self._points = list(points)
        self._is_new = True

    def stop(self) -> None:
        """Stay where the trajectory is now."""
        self._points, self._is_new = [], False
        self.desired_velocities[:] = 0.0

    @property
    def is_done(self) -> bool:
        return not self._points

    def torque(self, sensed: Sensed) -> Vector:
        if self._is_new:
            positions, velocities = self.desired_positions.copy(), self.desired_velocities.copy()
            self._points.insert(0, TrajectoryPoint(0.0, positions, velocities))
            self._time, self._segment, self._is_new = 0.0, 0, False
        if self._points:
            self._advance()
        error = self.desired_positions - sensed.positions
        torque: Vector = _P * error + _D * (self.desired_velocities - sensed.velocities)
        return torque

    def _advance(self) -> None:
        self._time += _TICK
        points = self._points
        while self._time >= points[self._segment + 1].time:
            self._segment += 1
            if self._segment == len(points) - 1:
                self.desired_positions[:] = points[-1].positions
                self.desired_velocities[:] = 0.0
                self._points = []
                return
        self._interpolate(points[self._segment], points[self._segment + 1])

    def _interpolate(self, begin: TrajectoryPoint, end: TrajectoryPoint) -> None:
        duration = end.time - begin.time
        s = (self._time - begin.time) / duration
        way = end.positions - begin.positions
        if begin.velocities is None or end.velocities is None:
            self.desired_positions[:] = begin.positions + s * way
            self.desired_velocities[:] = way / duration
            return
        v0, v1 = begin.velocities * duration, end.velocities * duration
        a, b = 3.0 * way - 2.0 * v0 - v1, v0 + v1 - 2.0 * way  # cubic Hermite
        self.desired_positions[:] = begin.positions + s * (v0 + s * (a + s * b))
        self.desired_velocities[:] = (v0 + s * (2.0 * a + s * 3.0 * b)) / duration
