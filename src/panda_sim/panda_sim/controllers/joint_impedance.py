# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Joint impedance as CRISP configures it: a spring pulls each joint to its target."""

from __future__ import annotations

import numpy as np
from panda_sim.arm import Arm, Vector
from panda_sim.controllers.controller import LimitRepulsion, RateLimit
from panda_sim.sensed import Sensed

# CRISP's joint_impedance_controller: nullspace.stiffness 5 times the weights.
_STIFFNESS = 5.0 * np.array([150.0, 150.0, 150.0, 150.0, 50.0, 30.0, 10.0])  # Nm/rad
_LARGEST_TORQUE = 5.0  # Nm
_TARGET_FILTER = 0.1  # share of the way to the target per ms
_TORQUE_STEP = 0.5  # Nm per ms


class JointImpedance:
    """Torque K (target - q) - D dq, clipped, with critical damping for an inertia of 1 kg m^2."""

    def __init__(self, arm: Arm) -> None:
        self._damping = 2.0 * np.sqrt(_STIFFNESS)
        self._repulsion = LimitRepulsion(arm.position_lower, arm.position_upper)
        self._rate_limit = RateLimit(_TORQUE_STEP)
        self._positions, self._target = np.zeros(7), np.zeros(7)

    def start(self, sensed: Sensed) -> None:
        self._positions[:] = self._target[:] = sensed.positions
        self._rate_limit.reset()

    def set_joint_target(self, positions: Vector) -> None:
        """:param positions: (7,) rad"""
        self._target[:] = positions

    @property
    def desired_positions(self) -> Vector:
        """:return: (7,) the filtered target (rad)"""
        return self._positions

    def torque(self, sensed: Sensed) -> Vector:
        self._positions += _TARGET_FILTER * (self._target - self._positions)
        torque: Vector = _STIFFNESS * (self._positions - sensed.positions)
        torque -= self._damping * sensed.velocities
        torque = np.minimum(np.maximum(torque, -_LARGEST_TORQUE), _LARGEST_TORQUE)
        self._repulsion.add_to(torque, sensed.positions)
        return self._rate_limit.apply(torque)
