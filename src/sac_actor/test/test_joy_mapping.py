# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a joystick's axes and buttons come to, and which tables and joysticks are refused."""

from __future__ import annotations

from typing import Any, cast

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


def action(axes: list[float], **changes: Any) -> list[float]:
    mapping = JoyMapping(JoySettings(**{**TABLE, **changes}))
    return cast(list[float], mapping.action(mapping.swings(axes)).tolist())


def test_each_axis_drives_its_number_with_its_scale() -> None:
    assert action([1.0, 0.3, -1.0]) == [-1.0, 0.0, -0.5]
    assert action([-1.0, 0.0, 0.6]) == pytest.approx([0.5, 0.0, 0.5])


def test_an_axis_at_rest_drives_nothing() -> None:
    assert action([0.2, 0.0, -0.19]) == pytest.approx([0.0, 0.0, 0.0])


def test_an_axis_swings_from_where_it_rests() -> None:
    triggers: dict[str, Any] = {'rests': (1.0, 0.0, -1.0), 'deadzone': 0.0}
    assert action([-1.0, 0.0, 1.0], **triggers) == pytest.approx([0.0, 0.0, 0.0])
    assert action([1.0, 0.0, -1.0], **triggers) == pytest.approx([-1.0, 0.0, -0.5])
    assert action([0.5, 0.0, 0.5], rests=(0.5,)) == pytest.approx([0.0, 0.0, 0.0])


@given(
    st.lists(st.floats(-1.0, 1.0, width=32), min_size=3),
    st.tuples(*[st.floats(-1.0, 1.0)] * 3),
)
def test_wherever_the_axes_are_an_action_is_within_the_scales(
    axes: list[float], rests: tuple[float, float, float]
) -> None:
    assert (np.abs(action(axes, rests=rests)) <= [1.0, 0.0, 0.5]).all()


@pytest.mark.parametrize(
    ('axes', 'message'),
    [
        ([0.0, 0.0], 'axes names axis 2, the joystick has only 2 axes'),
        ([0.0, 0.0, float('nan')], r'each axis of the joystick must be in \[-1, 1\], got'),
        ([float('inf'), 0.0, 0.0], r'each axis of the joystick must be in \[-1, 1\], got'),
        ([32767.0, 0.0, 0.0], r'got \[0.0, 32767.0\] of the axes \[2, 0\]'),
    ],
)
def test_a_joystick_that_does_not_fit_is_refused(axes: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        action(axes)


def test_an_axis_that_drives_nothing_may_say_what_it_likes() -> None:
    assert action([0.0, float('nan'), 1.0]) == pytest.approx([1.0, 0.0, 0.0])


def test_the_deadman_is_held_or_not_there() -> None:
    mapping = JoyMapping(JoySettings(**TABLE))
    assert mapping.is_held([0, 1])
    assert not mapping.is_held([1, 0])
    with pytest.raises(ValueError, match='deadman_button is 1, the joystick has only 1 buttons'):
        mapping.is_held([0])


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
        ({'rests': (0.0, 1.0)}, 'rests must be one number, or one for each of the 3 axes'),
        ({'rests': (2.0,)}, 'rests must be in'),
        ({'joy_timeout': 0.0}, 'joy_timeout must be in'),
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
