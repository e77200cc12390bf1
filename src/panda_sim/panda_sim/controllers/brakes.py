# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Without a controller the arm stops and stays: its brakes."""

from __future__ import annotations

import numpy as np
from panda_sim.arm import Vector
from panda_sim.sensed import Sensed

_DAMPING = np.array([300.0, 300.0, 300.0, 300.0, 60.0, 60.0, 60.0])  # Nm s/rad
_STIFFNESS = 20.0 * _DAMPING  # Nm/rad
_STILL = 0.05  # rad/s: below it the position is held


class Brakes:
    """Strong damping until the arm stands, then a stiff spring to where it stands."""

    def __init__(self) -> None:
        self._positions: Vector | None = None

    def start(self, sensed: Sensed) -> None:
        self._positions = None

    def torque(self, sensed: Sensed) -> Vector:
        torque: Vector = -_DAMPING * sensed.velocities
        if self._positions is not None:
            torque += _STIFFNESS * (self._positions - sensed.positions)
        elif np.abs(sensed.velocities).max() < _STILL:
            self._positions = sensed.positions.copy()
        return torque
