# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Settings: what is listed, what is refused, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sac_core.settings import Setting, setting, Settings, settings_of


@dataclass(frozen=True)
class ArmSettings(Settings):
    name: str = setting('left', 'which arm', choices=('left', 'right'))
    label: str = setting('', 'any text')
    rate: float = setting(50.0, 'ticks per second [Hz]', low=0.0, high=1000.0)
    joints: int = setting(7, 'number of joints', low=1)
    offset: int = setting(0, 'largest offset', high=5)
    free: float = setting(0.0, 'no limits')
    gripper: bool = setting(True, 'has a gripper')
    widths: tuple[int, ...] = setting((256, 256), 'layers', low=1)
    limits: tuple[float, ...] = setting((1.0,), 'of each joint [rad]', low=0.0, high=3.2)


def test_defaults_are_valid_and_listed_in_the_order_in_which_they_are_written() -> None:
    assert [each.name for each in settings_of(ArmSettings)] == list(vars(ArmSettings()))
    assert settings_of(ArmSettings)[2] == Setting(
        name='rate',
        type=float,
        default=50.0,
        description='ticks per second [Hz]',
        low=0.0,
        high=1000.0,
        choices=(),
    )


@pytest.mark.parametrize(
    'valid',
    [
        {'rate': 0.0},
        {'rate': 1000.0},
        {'joints': 1},
        {'offset': -(10**9)},
        {'free': -1e30},
        {'name': 'right'},
        {'gripper': False},
        {'widths': ()},
        {'limits': (0.0, 3.2)},
    ],
)
def test_a_value_in_its_range_is_taken(valid: dict[str, Any]) -> None:
    settings = ArmSettings(**valid)
    assert {name: getattr(settings, name) for name in valid} == valid


@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        ({'rate': -1.0}, 'rate must be in [0, 1000], got -1.0'),
        ({'rate': 1000.1}, 'rate must be in [0, 1000], got 1000.1'),
        ({'rate': float('nan')}, 'rate must be in [0, 1000], got nan'),
        ({'free': float('nan')}, 'free must be a number, got nan'),
        ({'free': float('inf')}, 'free must be a number, got inf'),
        ({'rate': 50}, 'rate must be a number, got 50'),
        ({'rate': '50'}, "rate must be a number, got '50'"),
        ({'joints': 0}, 'joints must be at least 1, got 0'),
        ({'joints': 7.0}, 'joints must be an integer, got 7.0'),
        ({'joints': True}, 'joints must be an integer, got True'),
        ({'offset': 6}, 'offset must be at most 5, got 6'),
        ({'gripper': 1}, 'gripper must be true or false, got 1'),
        ({'label': 5}, 'label must be a string, got 5'),
        ({'label': None}, 'label must be a string, got None'),
        ({'name': 'middle'}, "name must be one of ['left', 'right'], got 'middle'"),
        ({'widths': 256}, 'widths must be a list of integers, got 256'),
        ({'widths': (256, 0)}, 'widths must be at least 1, got (256, 0)'),
        ({'widths': (256, 1.5)}, 'widths must be a list of integers, got (256, 1.5)'),
        ({'limits': (1.0, 4.0)}, 'limits must be in [0, 3.2], got (1.0, 4.0)'),
        ({'limits': ('a',)}, "limits must be a list of numbers, got ('a',)"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_what_it_must_be(
    wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError) as raised:
        ArmSettings(**wrong)
    assert str(raised.value) == message


def test_settings_cannot_be_changed_after_they_were_checked() -> None:
    with pytest.raises(AttributeError):
        ArmSettings().rate = -1.0  # type: ignore[misc]
