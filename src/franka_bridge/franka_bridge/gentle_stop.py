# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How an arm that moves comes to rest: braked evenly along its own motion, never at a stroke."""

from __future__ import annotations

import math

from franka_bridge.arm_state import ArmState
from franka_bridge.kinematics import jacobian
from franka_bridge.limits import ArmLimits
from franka_bridge.rotations import inverse, multiply, quaternion_from, rotation_vector_of
from franka_bridge.target import Target, within_tracking_error
import numpy as np

_AT_REST = 0.05  # [rad/s]
_PATIENCE = 0.5  # [s] for an arm that does not come to rest, as somebody moves it


class GentleStop:
    """Targets that bring the arm to rest, from the last target on.

    The target continues with the velocity v of the arm, which falls evenly to zero in the time T,
    and on the way gives up its lead d before the arm, so that an arm that was held back presses
    no longer: x(t) = v (t - t^2 / 2T) - d (3 s^2 - 2 s^3) with s = t/T, for joints and tool alike.

    :param target: that was sent last
    :param arm: as it moves now
    """

    def __init__(self, target: Target, arm: ArmState, limits: ArmLimits) -> None:
        self._limits = limits
        self._begin = target
        turn = rotation_vector_of(multiply(target.orientation, inverse(arm.tcp_orientation)))
        joints = target.joint_positions - arm.joint_positions
        self._lead = np.concatenate([joints, target.position - arm.tcp_position, turn])
        tool = jacobian(arm.joint_positions, arm.base) @ arm.joint_velocities
        self._velocity = np.concatenate([arm.joint_velocities, tool])
        low, high = limits.joint_range()
        # No farther out than the target is already.
        self._low = np.append(low, limits.box_low)
        self._high = np.append(high, limits.box_high)
        self._low = np.minimum(self._low, np.append(target.joint_positions, target.position))
        self._high = np.maximum(self._high, np.append(target.joint_positions, target.position))
        # Braking takes v/T, giving up the lead at most 6 d/T^2.
        most = limits.stop_acceleration
        by_velocity = float(np.abs(arm.joint_velocities).max()) / most
        self._time = 0.0
        self.duration = max(by_velocity, math.sqrt(6 * float(np.abs(joints).max()) / most))

    def advance(self, seconds: float, arm: ArmState) -> Target | None:
        """Return the next target; None: the arm is at rest, or does not come to rest by itself.

        :param seconds: since the last one
        :param arm: as measured now, which the target keeps its leash to
        """
        is_still = bool((np.abs(arm.joint_velocities) <= _AT_REST).all())
        if self._time >= self.duration + (0.0 if is_still else _PATIENCE):
            return None
        self._time += seconds
        share = min(1.0, self._time / max(self.duration, 1e-9))
        way = self._velocity * self.duration * (share - share**2 / 2)
        way -= self._lead * (3 * share**2 - 2 * share**3)
        begin = self._begin
        place = np.append(begin.joint_positions, begin.position) + way[:10]
        place = np.clip(place, self._low, self._high)
        orientation = multiply(quaternion_from(way[10:]), begin.orientation)
        return within_tracking_error(Target(place[:7], place[7:], orientation), arm, self._limits)
