# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a joystick's axes and buttons come to, and which tables and joysticks are refused."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest
from sac_actor.joy_mapping import JoyMapping, JoySettings

TABLE: dict[str, Any] = {
    'axes': (2, -1, 0),
    'scales': (1.0, 1.0, -0.5),
    'deadzone': 0.2,
    'deadman_button': 1,
    'emergency_button': 0,
}
HELD, LOOSE = [0, 1], [0, 0]


def action(axes: list[float], buttons: list[int] = HELD) -> list[float] | None:
    values = JoyMapping(JoySettings(**TABLE)).action(axes, buttons)
    return None if values is None else values.tolist()


def test_each_axis_drives_its_number_with_its_scale() -> None:
    assert action([1.0, 0.3, -1.0]) == [-1.0, 0.0, -0.5]
    assert action([-1.0, 0.0, 0.6]) == pytest.approx([0.5, 0.0, 0.5])


def test_an_axis_at_rest_drives_nothing() -> None:
    assert action([0.2, 0.0, -0.19]) == pytest.approx([0.0, 0.0, 0.0])


def test_without_the_deadman_nothing_is_wanted() -> None:
    assert action([1.0, 1.0, 1.0], LOOSE) is None


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=3))
def test_whatever_the_axes_say_an_action_is_within_the_scales(axes: list[float]) -> None:
    values = action(axes)
    assert values is not None
    assert (np.abs(values) <= [1.0, 0.0, 0.5]).all()


@pytest.mark.parametrize(
    ('axes', 'buttons', 'message'),
    [
        ([0.0, 0.0], HELD, 'axes names axis 2, the joystick has only 2 axes'),
        ([0.0, 0.0, float('nan')], HELD, 'the axes of the joystick must be finite'),
        ([float('inf'), 0.0, 0.0], HELD, 'the axes of the joystick must be finite'),
        ([0.0, 0.0, 0.0], [0], 'deadman_button is 1, the joystick has only 1 buttons'),
    ],
)
def test_a_joystick_that_does_not_fit_is_refused(
    axes: list[float], buttons: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        action(axes, buttons)


def test_the_emergency_button_counts_without_the_deadman() -> None:
    mapping = JoyMapping(JoySettings(**TABLE))
    assert mapping.is_emergency([1, 0])
    assert not mapping.is_emergency([0, 1])
    with pytest.raises(ValueError, match='emergency_button is 0, the joystick has only 0 buttons'):
        mapping.is_emergency([])


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'axes': (0, 1, -2)}, 'axes must be in'),
        ({'scales': (1.0, 1.0)}, 'scales must be one number for each of the 3 axes'),
        ({'scales': (1.0, 1.0, 1.5)}, 'scales must be in'),
        ({'deadzone': 1.0}, 'deadzone must be in'),
        ({'deadman_button': -1}, 'deadman_button must be in'),
        ({'emergency_button': 1}, 'emergency_button must not be the deadman_button, got 1'),
    ],
)
def test_a_bad_table_is_refused_naming_the_field(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        JoySettings(**{**TABLE, **change})


def test_a_table_for_another_robot_is_refused() -> None:
    settings = JoySettings(**TABLE)
    settings.check_robot(3)
    with pytest.raises(ValueError, match='axes must name one axis for each of the 2 numbers'):
        settings.check_robot(2)
