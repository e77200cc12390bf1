# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Bad settings of an arm are refused with one line that says what is wrong."""

from __future__ import annotations

from typing import Any

from franka_bridge.back_ends import choose_back_end, read_back_ends
from franka_bridge.config import DriverSettings, FrankaBridgeSettings
from franka_bridge.limits import ArmLimits
import numpy as np
import pytest

ROWS = DriverSettings().back_ends


def test_the_table_holds_the_three_ways_of_the_driver() -> None:
    table = read_back_ends(ROWS, 'fer')
    assert {name: row.topic for name, row in table.items()} == {
        'cartesian_impedance': 'target_pose',
        'joint_impedance': 'target_joint',
        'joint_trajectory': 'fer_arm_controller/joint_trajectory',
    }
    assert table['joint_trajectory'].controller == 'fer_arm_controller'


@pytest.mark.parametrize(
    ('name', 'motion', 'chosen'),
    [
        ('auto', 'cartesian', 'cartesian_impedance'),
        ('auto', 'joint', 'joint_impedance'),
        ('joint_trajectory', 'joint', 'joint_trajectory'),
        ('joint_trajectory', 'cartesian', 'joint_trajectory'),
    ],
)
def test_a_back_end_suits_its_task(name: str, motion: str, chosen: str) -> None:
    assert choose_back_end(read_back_ends(ROWS, 'fr3'), name, motion=motion).name == chosen


@pytest.mark.parametrize(
    ('row', 'message'),
    [
        ('a b c', 'a row must be name, controller, topic'),
        ('a b c std_msgs/msg/Bool reliable 1', 'message must be one of'),
        ('a b c sensor_msgs/msg/JointState sure 1', 'reliability must be one of'),
        ('a b c sensor_msgs/msg/JointState reliable 0', 'depth must be at least 1'),
    ],
)
def test_a_bad_row_is_refused(row: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_back_ends([row], 'fr3')


@pytest.mark.parametrize(
    ('name', 'motion'), [('cartesian_impedance', 'joint'), ('nonsense', 'joint')]
)
def test_a_back_end_that_does_not_suit_is_refused(name: str, motion: str) -> None:
    with pytest.raises(ValueError, match='back_end'):
        choose_back_end(read_back_ends(ROWS, 'fr3'), name, motion=motion)


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ({'joint_low': (0.0, 1.0)}, 'joint_low must hold 7 numbers, got 2'),
        ({'box_low': (0.7, 0.0, 0.0)}, 'box_low must be below box_high'),
        ({'hold_age': 0.3}, 'hold_age must be below fault_age'),
        ({'max_translation': 1.0}, 'max_translation must be in'),
    ],
)
def test_bad_limits_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ArmLimits(**values)


def test_a_lead_as_long_as_the_step_is_refused() -> None:
    with pytest.raises(ValueError, match='lead must be below step_duration'):
        FrankaBridgeSettings(lead=0.02)


def test_velocity_limits_shrink_towards_the_end_of_a_joint_and_not_away_from_it() -> None:
    limits = ArmLimits(velocity_share=1.0)
    middle = np.array([0.0, 0.0, 0.0, -1.5, 0.0, 2.5, 0.0])
    low, high = limits.velocity_limits(middle)
    np.testing.assert_allclose(high, limits.joint_velocity)
    np.testing.assert_allclose(low, -high)
    near = middle.copy()
    near[0] = limits.joint_high[0] - 0.1
    low, high = limits.velocity_limits(near)
    assert high[0] == pytest.approx((12.0 * 0.1) ** 0.5 - 0.3)
    assert low[0] == -2.62
