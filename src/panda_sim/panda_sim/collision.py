# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Contact and collision by thresholds, as the robot's collision behavior defines them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from panda_sim.arm import Vector


def _vector(*values: float) -> Vector:
    return np.array(values, dtype=np.float64)


@dataclass
class Thresholds:
    """
    Above the lower ones there is contact, above the upper ones the robot stops. The defaults are
    those of the manufacturer's examples and of CRISP (Nm; N, Nm).
    """

    lower_torque: Vector = field(default_factory=lambda: _vector(25, 25, 22, 20, 19, 17, 14))
    upper_torque: Vector = field(default_factory=lambda: _vector(35, 35, 32, 30, 29, 27, 24))
    lower_force: Vector = field(default_factory=lambda: _vector(30, 30, 30, 25, 25, 25))
    upper_force: Vector = field(default_factory=lambda: _vector(40, 40, 40, 35, 35, 35))

    def set(
        self,
        *,
        lower_torque: Vector,
        upper_torque: Vector,
        lower_force: Vector,
        upper_force: Vector,
    ) -> None:
        """
        Replace all four.

        :raises ValueError: if one is not positive or a lower one is above its upper one
        """
        for name, lower, upper in (
            ('torque', lower_torque, upper_torque),
            ('force', lower_force, upper_force),
        ):
            if not (lower > 0.0).all() or not (lower <= upper).all():
                raise ValueError(
                    f'{name} thresholds must be positive, lower <= upper,'
                    f' got {lower.tolist()} and {upper.tolist()}'
                )
        self.lower_torque, self.upper_torque = lower_torque.copy(), upper_torque.copy()
        self.lower_force, self.upper_force = lower_force.copy(), upper_force.copy()


class CollisionWatch:
    """Flags of contact, which follow the forces, and of collision, which stay until `clear`."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self.joint_contact = np.zeros(7, dtype=bool)
        self.joint_collision = np.zeros(7, dtype=bool)
        self.cartesian_contact = np.zeros(6, dtype=bool)
        self.cartesian_collision = np.zeros(6, dtype=bool)

    def watch(self, torques: Vector, wrench: Vector, *, is_controlled: bool) -> str | None:
        """
        Take in one tick.

        :param torques: (7,) external torques (Nm)
        :param wrench: (6,) in the stiffness frame (N, Nm)
        :return: the reflex that stops the motion, or None
        """
        thresholds = self._thresholds
        torques, wrench = np.abs(torques), np.abs(wrench)
        np.greater(torques, thresholds.lower_torque, out=self.joint_contact)
        np.greater(wrench, thresholds.lower_force, out=self.cartesian_contact)
        if not is_controlled:
            return None
        joints = torques > thresholds.upper_torque
        cartesian = wrench > thresholds.upper_force
        self.joint_collision |= joints
        self.cartesian_collision |= cartesian
        if cartesian.any():
            return 'cartesian_reflex'
        return 'joint_reflex' if joints.any() else None

    def clear(self) -> None:
        """Forget the collisions, as error recovery does."""
        self.joint_collision[:] = False
        self.cartesian_collision[:] = False
