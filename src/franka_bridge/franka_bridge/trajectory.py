# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a target becomes for a controller that follows trajectories."""

from __future__ import annotations

from typing import NamedTuple

from franka_bridge.arm_state import Vector
import numpy as np

_STEPS_AHEAD = 4  # that a target is reached after the step in which it was sent
_STEPS_TO_REST = 4  # after that, where no other target follows
_LONGEST_PAUSE = 2.5  # steps between two targets of one motion


class Waypoint(NamedTuple):
    """A point of a trajectory.

    :param time: from its beginning [s]
    :param positions: (7,) [rad]
    :param velocities: (7,) [rad/s]
    """

    time: float
    positions: Vector
    velocities: Vector


class Trajectories:
    """Passes each target with the velocity of the way to it, and comes to rest soon after it.

    So one trajectory joins the next without a kink, and an arm that receives no more targets
    stops by itself. A controller may refuse a trajectory whose last velocity is not zero.

    :param step_duration: [s]
    """

    def __init__(self, step_duration: float) -> None:
        self._step = step_duration
        self._last: tuple[float, Vector] | None = None

    def through(self, positions: Vector, now: float) -> list[Waypoint]:
        """Return the points of the trajectory for a target.

        :param positions: (7,) joints of the target [rad]
        :param now: of any clock [s]
        """
        velocities = np.zeros(7)
        if self._last is not None and 0.0 < now - self._last[0] < _LONGEST_PAUSE * self._step:
            velocities = (positions - self._last[1]) / self._step
        self._last = now, positions
        ahead, to_rest = _STEPS_AHEAD * self._step, _STEPS_TO_REST * self._step
        end = positions + velocities * to_rest / 2
        return [
            Waypoint(ahead, positions, velocities),
            Waypoint(ahead + to_rest, end, np.zeros(7)),
        ]
