# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What every controller can do, and what all of them need."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from panda_sim.arm import Vector
from panda_sim.sensed import Sensed


class Controller(Protocol):
    """Gives the torque of each tick of 1 ms, without what gravity takes."""

    def start(self, sensed: Sensed) -> None:
        """Take over: hold what is measured now."""

    def torque(self, sensed: Sensed) -> Vector:
        """:return: (7,) Nm"""


class RateLimit:
    """Lets a torque change only so far per tick.

    :param step: Nm per tick
    """

    def __init__(self, step: float) -> None:
        self._step = step
        self._last = np.zeros(7)

    def reset(self) -> None:
        self._last[:] = 0.0

    def apply(self, torque: Vector) -> Vector:
        """:return: the torque, nearer to the one before if it is too far from it"""
        change = np.minimum(np.maximum(torque - self._last, -self._step), self._step)
        self._last += change
        return self._last


class LimitRepulsion:
    """Pushes a joint away from its end, the more the nearer it is.

    :param margin: where it begins (rad before the end)
    :param strongest: at the end (Nm)
    """

    def __init__(
        self, lower: Vector, upper: Vector, *, margin: float = 0.3, strongest: float = 5.0
    ) -> None:
        self._middle, self._reach = (lower + upper) / 2, (upper - lower) / 2 - margin
        self._margin, self._strongest = margin, strongest

    def add_to(self, torque: Vector, positions: Vector) -> None:
        """Add the push to a torque (7,) in place."""
        offset = positions - self._middle
        inside = np.abs(offset) - self._reach
        if np.max(inside) > 0.0:
            push = self._strongest / self._margin * np.clip(inside, 0.0, self._margin)
            torque -= np.copysign(push, offset)
