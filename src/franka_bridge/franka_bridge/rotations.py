# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Rotations as unit quaternions (x, y, z, w), matrices and rotation vectors, in numpy alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def matrix_of(quaternion: Vector) -> Matrix:
    """Turn a unit quaternion (4,) into a rotation matrix (3, 3)."""
    x, y, z, w = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def quaternion_of(matrix: Matrix) -> Vector:
    """Turn a rotation matrix (3, 3) into a unit quaternion (4,), of either sign."""
    # Shepperd's method (J. Guidance and Control 1, 1978): the largest of the four numbers first,
    # so that nothing is divided by one near zero.
    diagonal = np.append(np.diagonal(matrix), np.trace(matrix))
    largest = int(np.argmax(diagonal))
    quaternion = np.empty(4)
    if largest == 3:
        quaternion[3] = 1 + diagonal[3]
        quaternion[0] = matrix[2, 1] - matrix[1, 2]
        quaternion[1] = matrix[0, 2] - matrix[2, 0]
        quaternion[2] = matrix[1, 0] - matrix[0, 1]
    else:
        i, j, k = largest, (largest + 1) % 3, (largest + 2) % 3
        quaternion[i] = 1 + 2 * diagonal[i] - diagonal[3]
        quaternion[j] = matrix[j, i] + matrix[i, j]
        quaternion[k] = matrix[k, i] + matrix[i, k]
        quaternion[3] = matrix[k, j] - matrix[j, k]
    unit: Vector = quaternion / np.linalg.norm(quaternion)
    return unit


def multiply(left: Vector, right: Vector) -> Vector:
    """Rotate by `right`, then by `left`: the product (4,) of two quaternions."""
    product = np.empty(4)
    product[:3] = left[3] * right[:3] + right[3] * left[:3]
    product[0] += left[1] * right[2] - left[2] * right[1]
    product[1] += left[2] * right[0] - left[0] * right[2]
    product[2] += left[0] * right[1] - left[1] * right[0]
    product[3] = left[3] * right[3] - left[:3] @ right[:3]
    return product


def inverse(quaternion: Vector) -> Vector:
    """Rotate back: the conjugate (4,) of a unit quaternion."""
    return np.array([-quaternion[0], -quaternion[1], -quaternion[2], quaternion[3]])


def rotation_vector_of(quaternion: Vector) -> Vector:
    """Turn a unit quaternion (4,) into axis times angle (3,) [rad], by at most half a turn."""
    vector: Vector = math.copysign(1.0, quaternion[3]) * quaternion[:3]
    length = float(np.linalg.norm(vector))
    if length < 1e-9:
        return 2.0 * vector
    return (2.0 * math.atan2(length, abs(quaternion[3])) / length) * vector


def quaternion_from(rotation_vector: Vector) -> Vector:
    """Turn axis times angle (3,) [rad] into a unit quaternion (4,)."""
    angle = float(np.linalg.norm(rotation_vector))
    share = 0.5 if angle < 1e-9 else math.sin(angle / 2) / angle
    return np.append(share * rotation_vector, math.cos(angle / 2))
