# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Rotations: one form into another and back."""

from __future__ import annotations

from franka_bridge.rotations import (
    inverse,
    matrix_of,
    multiply,
    quaternion_from,
    quaternion_of,
    rotation_vector_of,
)
import numpy as np
import pytest


def random_quaternions(count: int) -> np.ndarray:
    quaternions = np.random.default_rng(0).normal(size=(count, 4))
    return quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)


def test_every_form_leads_back_to_the_same_rotation() -> None:
    for quaternion in [*random_quaternions(50), *np.eye(4)]:
        assert abs(quaternion_of(matrix_of(quaternion)) @ quaternion) == pytest.approx(1.0)
        vector = rotation_vector_of(quaternion)
        assert np.linalg.norm(vector) <= np.pi + 1e-12
        assert abs(quaternion_from(vector) @ quaternion) == pytest.approx(1.0)


def test_the_product_turns_by_the_right_one_first() -> None:
    for left, right in zip(random_quaternions(20), random_quaternions(40)[20:], strict=True):
        both = matrix_of(multiply(left, right))
        np.testing.assert_allclose(both, matrix_of(left) @ matrix_of(right), atol=1e-12)
        np.testing.assert_allclose(multiply(left, inverse(left)), [0, 0, 0, 1], atol=1e-12)


def test_a_quarter_turn_about_z_brings_x_to_y() -> None:
    quarter = quaternion_from(np.array([0.0, 0.0, np.pi / 2]))
    np.testing.assert_allclose(matrix_of(quarter) @ [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], atol=1e-12)


def test_a_tiny_rotation_is_not_lost() -> None:
    tiny = np.array([1e-12, 0.0, -2e-12])
    np.testing.assert_allclose(rotation_vector_of(quaternion_from(tiny)), tiny)
