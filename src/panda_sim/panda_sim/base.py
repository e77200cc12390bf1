# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Where the arm stands in the world: which way is down, and what a pose in the world is to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from panda_sim.arm import Vector
from sac_core.physics import mujoco


class BaseFrame:
    """
    The pose of the base in the world.

    :param position: (3,) m
    :param orientation: (4,) xyzw
    :raises ValueError: if they are none
    """

    def __init__(self, position: Sequence[float], orientation: Sequence[float]) -> None:
        if len(position) != 3:
            raise ValueError(f'base_position must be 3 numbers, got {list(position)}')
        length = float(np.linalg.norm(orientation))
        if len(orientation) != 4 or abs(length - 1.0) > 1e-3:
            raise ValueError(
                f'base_orientation must be a unit quaternion x, y, z, w, got {list(orientation)}'
            )
        self._position: Vector = np.array(position, np.float64)
        x, y, z, w = orientation
        self._inverse: Vector = np.array([w, -x, -y, -z]) / length
        self._is_turned = (x, y, z) != (0.0, 0.0, 0.0)

    def direction_from_world(self, direction: Vector) -> Vector:
        """:return: (3,) in the base frame"""
        if not self._is_turned:
            return direction
        turned = np.empty(3)
        mujoco.mju_rotVecQuat(turned, direction, self._inverse)
        return turned

    def pose_from_world(self, position: Vector, quaternion: Vector) -> tuple[Vector, Vector]:
        """:return: position (3,) and quaternion (4,) wxyz in the base frame"""
        place = self.direction_from_world(position - self._position)
        if not self._is_turned:
            return place, quaternion
        turned = np.empty(4)
        mujoco.mju_mulQuat(turned, self._inverse, quaternion)
        return place, turned
