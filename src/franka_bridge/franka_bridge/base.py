# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Where an arm stands: the pose of its base in the world.

The world is the root of the robot's description. The driver measures poses in the base's frame;
all else of the bridge is in the world: what tasks observe, their goals and starts, limits, and the
poses that a controller takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from franka_bridge.rotations import Matrix, matrix_of, multiply, Vector
import numpy as np


@dataclass(frozen=True, eq=False)
class BaseFrame:
    """The pose of a base in the world.

    :param position: (3,) [m]
    :param orientation: (4,) unit quaternion x, y, z, w
    """

    position: Vector
    orientation: Vector

    @cached_property
    def matrix(self) -> Matrix:
        """The pose as a homogeneous matrix (4, 4)."""
        matrix = np.eye(4)
        matrix[:3, :3] = matrix_of(self.orientation)
        matrix[:3, 3] = self.position
        return matrix

    @cached_property
    def is_origin(self) -> bool:
        """Whether base and world are the same frame."""
        return bool((self.matrix == np.eye(4)).all())

    def to_world(self, position: Vector, orientation: Vector) -> tuple[Vector, Vector]:
        """Bring a pose from the base's frame to the world.

        :param position: (3,) [m]
        :param orientation: (4,) unit quaternion x, y, z, w
        """
        if self.is_origin:
            return position, orientation
        place = self.matrix[:3, :3] @ position + self.position
        return place, multiply(self.orientation, orientation)


ORIGIN = BaseFrame(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))
