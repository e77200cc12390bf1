# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Watches the arm's limits at each tick: the largest values, and how often they exceeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from panda_sim.arm import Arm, Vector
from panda_sim.sensed import Sensed


@dataclass(frozen=True)
class Extreme:
    """The largest magnitude that was seen of one quantity since the last reset.

    :param exceeded: in how many ticks the limit was exceeded
    """

    name: str
    unit: str
    largest: float
    limit: float
    exceeded: int


_JOINTS = (
    ('joint_velocity', 'rad/s'),
    ('joint_acceleration', 'rad/s^2'),
    ('joint_torque', 'Nm'),
    ('joint_torque_rate', 'Nm/s'),
)


class LimitWatch:
    """
    Records what a controlled arm does; ticks under the brakes do not count.

    :param force_limits: (6,) N, Nm of the external wrench
    """

    def __init__(self, arm: Arm, force_limits: Vector, timestep: float) -> None:
        self._arm = arm
        self._rate = 1.0 / timestep
        self._limits = np.concatenate(
            [arm.velocity, arm.acceleration, arm.torque, arm.torque_rate, arm.tcp_velocity]
        )
        self._limits = np.append(self._limits, force_limits)
        self._values = np.zeros(len(self._limits))
        self._largest = np.zeros(len(self._limits))
        self._exceeded = np.zeros(len(self._limits), dtype=np.int64)
        self._last_torque = np.zeros(7)
        self.reset()

    def reset(self) -> None:
        """Forget the extremes."""
        self._largest[:] = 0.0
        self._exceeded[:] = 0
        self.ticks = 0
        self.position_margin = np.inf  # smallest distance of a joint to its end (rad)
        self.tcp_lower = np.full(3, np.inf)
        self.tcp_upper = np.full(3, -np.inf)

    def begin(self) -> None:
        """A controller takes over, with a torque of zero."""
        self._last_torque[:] = 0.0

    def watch(
        self, sensed: Sensed, *, acceleration: Vector, torque: Vector, wrench: Vector
    ) -> str | None:
        """
        Take in one tick.

        :param acceleration: (7,) rad/s^2
        :param torque: (7,) Nm, as the controller wants it
        :param wrench: (6,) N, Nm
        :return: the error that the robot raises now, or None
        """
        values, arm = self._values, self._arm
        values[:7] = sensed.velocities
        values[7:14] = acceleration
        values[14:21] = torque
        values[21:28] = torque
        values[21:28] -= self._last_torque
        values[21:28] *= self._rate
        self._last_torque[:] = torque
        twist = sensed.twist
        values[28] = (twist[0] ** 2 + twist[1] ** 2 + twist[2] ** 2) ** 0.5
        values[29] = (twist[3] ** 2 + twist[4] ** 2 + twist[5] ** 2) ** 0.5
        values[30:] = wrench
        np.abs(values, out=values)
        limits = self._limits
        if arm.velocity_near_limits:
            limits[:7] = allowed_velocity(arm, sensed.positions, sensed.velocities)
        np.maximum(self._largest, values, out=self._largest)
        self._exceeded += values > limits
        position = sensed.tcp_position
        np.minimum(self.tcp_lower, position, out=self.tcp_lower)
        np.maximum(self.tcp_upper, position, out=self.tcp_upper)
        positions = sensed.positions
        margin = float(
            np.minimum(arm.position_upper - positions, positions - arm.position_lower).min()
        )
        self.position_margin = min(self.position_margin, margin)
        self.ticks += 1
        if margin < 0.0:
            return 'joint_position_limits_violation'
        if (values[:7] > limits[:7]).any():
            return 'joint_velocity_violation'
        return None

    def extremes(self) -> list[Extreme]:
        """:return: one per quantity: joints 1 to 7 by number, then the tool's"""
        names = [(f'{name}_{joint}', unit) for name, unit in _JOINTS for joint in range(1, 8)]
        names += [('tcp_speed', 'm/s'), ('tcp_angular_speed', 'rad/s')]
        names += [(f'external_force_{axis}', 'N') for axis in 'xyz']
        names += [(f'external_torque_{axis}', 'Nm') for axis in 'xyz']
        limits = np.concatenate([self._arm.velocity, self._limits[7:]])
        return [
            Extreme(name, unit, float(largest), float(limit), int(exceeded))
            for (name, unit), largest, limit, exceeded in zip(
                names, self._largest, limits, self._exceeded, strict=True
            )
        ]


def allowed_velocity(arm: Arm, positions: Vector, velocities: Vector) -> Vector:
    """
    Give the velocity that a joint may have where it stands, in the direction in which it moves.

    Source: libfranka, include/franka/rate_limiting.h, for the FR3; the older arm has one number.

    :return: (7,) rad/s
    """
    near = arm.velocity_near_limits
    if near is None:
        return arm.velocity
    distance = np.where(velocities >= 0.0, near.upper - positions, positions - near.lower)
    allowed: Vector = np.sqrt(np.maximum(near.slope * distance, 0.0)) - near.offset
    return np.minimum(np.maximum(allowed, 0.0), arm.velocity)
