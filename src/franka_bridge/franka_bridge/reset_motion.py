# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The way to the start of an episode: smooth, limited, and over only when the arm is there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
import math

from franka_bridge.arm_state import ArmState, Vector
from franka_bridge.limits import ArmLimits
import numpy as np

# Of a minimum-jerk way of length 1 in time 1 (Flash and Hogan, J. Neuroscience 5, 1985).
_PEAK_VELOCITY = 15 / 8
_PEAK_ACCELERATION = 10 / math.sqrt(3)
# The arm has arrived when it is where it shall be and no joint moves faster [rad/s].
_AT_REST = 0.05


class ResetMotion:
    """Straight ways between joint positions, each from rest to rest with minimum jerk.

    :param start: (7,) joints at the beginning, the last target or the measured ones [rad]
    :param stations: each (7,) [rad], to be passed in this order; the last one is the goal
    :raises ValueError: where a station is beyond the limits of the joints
    """

    def __init__(self, limits: ArmLimits, start: Vector, stations: Sequence[Vector]) -> None:
        self._limits = limits
        low, high = limits.joint_range()
        for station in stations:
            if not ((station >= low) & (station <= high)).all():
                raise ValueError(
                    f'a reset must stay within {low.tolist()} and {high.tolist()},'
                    f' got {station.tolist()}'
                )
        points = [start, *stations]
        self._legs: list[tuple[Vector, Vector, float]] = []
        for begin, end in pairwise(points):
            self._legs.append((begin, end, self._duration_of(begin, end)))
        self.goal = stations[-1]
        self.duration = sum(duration for _, _, duration in self._legs)

    def _duration_of(self, begin: Vector, end: Vector) -> float:
        longest = float(np.abs(end - begin).max())
        by_velocity = _PEAK_VELOCITY * longest / self._limits.reset_velocity
        by_acceleration = math.sqrt(_PEAK_ACCELERATION * longest / self._limits.reset_acceleration)
        return max(by_velocity, by_acceleration)

    def at(self, time: float) -> Vector:
        """Return the joints (7,) [rad] at a time since the beginning [s]."""
        for begin, end, duration in self._legs:
            if time < duration:
                share = max(0.0, time / duration)
                smooth = share**3 * (10 - 15 * share + 6 * share**2)
                return np.asarray(begin + smooth * (end - begin))
            time -= duration
        return self.goal

    def is_late(self, time: float) -> bool:
        """Return whether the arm should have arrived long ago."""
        return time > self.duration + self._limits.arrival_timeout

    def has_arrived(self, time: float, state: ArmState) -> bool:
        """Return whether the arm stands at the goal, as measured."""
        if time < self.duration:
            return False
        near = np.abs(state.joint_positions - self.goal) <= self._limits.arrival_tolerance
        still = np.abs(state.joint_velocities) <= _AT_REST
        return bool(near.all() and still.all())

    def distance(self, state: ArmState) -> float:
        """Return how far the farthest joint is from the goal [rad]."""
        return float(np.abs(state.joint_positions - self.goal).max())
