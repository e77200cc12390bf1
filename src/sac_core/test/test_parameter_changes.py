# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters changed on a running node through its service: taken, refused, remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rclpy.node import Node
from rclpy.parameter import Parameter
from sac_core.ros.parameter_changes import ParameterChanges
from sac_core.ros.parameters import declare_settings
from sac_core.ros.testing import Spinner
from sac_core.settings import setting, Settings

pytestmark = pytest.mark.node


@dataclass(frozen=True)
class ArmSettings(Settings):
    rate: float = setting(50.0, 'ticks per second [Hz]', low=1.0, high=100.0, changeable=True)
    retries: int = setting(3, 'how often', low=0, high=9, changeable=True)
    limits: tuple[float, ...] = setting((1.0,), 'of each joint', low=0.0, changeable=True)
    joints: int = setting(7, 'number of joints', low=1)


class Arm:
    """A node that takes changes, but no rate that its check does not like."""

    def __init__(self, spinner: Spinner, directory: Path | None = None, **configured: Any) -> None:
        self.spinner = spinner
        overrides = [Parameter(name, value=value) for name, value in configured.items()]
        self.node: Node = spinner.node('arm', parameter_overrides=overrides)
        self.applied: list[ArmSettings] = []
        self.changes = ParameterChanges(self.node, directory)
        self.settings = self.changes.accept(
            declare_settings(self.node, ArmSettings), apply=self.applied.append, check=self.check
        )

    def check(self, settings: ArmSettings) -> None:
        if settings.rate == 13.0:
            raise ValueError('rate brings bad luck, got 13.0')

    def set(self, name: str, value: Any) -> str:
        """Return why it was refused; empty where it was not."""
        result = self.spinner.set_parameter('/arm', name, value)
        assert result.successful is not bool(result.reason)
        return str(result.reason)


@pytest.fixture
def spinner() -> Iterator[Spinner]:
    with Spinner() as spinner:
        yield spinner


def test_a_change_is_handed_over_with_all_settings(spinner: Spinner) -> None:
    arm = Arm(spinner, joints=6)
    assert arm.set('retries', 5) == ''
    assert arm.applied == [ArmSettings(retries=5, joints=6)]
    assert arm.set('limits', [0.5, 0.25]) == ''
    assert arm.applied[-1] == ArmSettings(retries=5, joints=6, limits=(0.5, 0.25))
    assert arm.node.get_parameter('retries').value == 5


def test_an_integer_is_taken_for_a_float_and_stays_one(spinner: Spinner) -> None:
    arm = Arm(spinner)
    assert arm.set('rate', 20) == ''
    assert arm.applied == [ArmSettings(rate=20.0)]
    assert type(arm.node.get_parameter('rate').value) is float


@pytest.mark.parametrize(
    ('name', 'value', 'reason'),
    [
        ('rate', 200.0, 'rate out of range Min: 1.0, Max: 100.0, value: 200.0'),
        ('rate', float('nan'), 'rate out of range'),
        ('rate', 'fast', "rate must be a number, got 'fast'"),
        ('rate', 13.0, 'rate brings bad luck'),
        ('retries', 2.5, 'retries must be an integer, got 2.5'),
        ('limits', [-1.0], 'limits must be at least 0, got (-1.0,)'),
        ('joints', 6, 'joints is read when the node starts, and cannot be changed while it runs'),
        ('raet', 6.0, 'this node has no parameter raet'),
    ],
)
def test_a_refused_change_says_why_and_changes_nothing(
    spinner: Spinner, name: str, value: Any, reason: str
) -> None:
    arm = Arm(spinner)
    assert reason in arm.set(name, value)
    assert arm.applied == []
    assert arm.node.get_parameter('rate').value == 50.0


def test_tools_are_told_ranges_and_what_is_read_only(spinner: Spinner) -> None:
    node = Arm(spinner).node
    (rate,) = node.describe_parameter('rate').floating_point_range
    assert (rate.from_value, rate.to_value) == (1.0, 100.0)
    (retries,) = node.describe_parameter('retries').integer_range
    assert (retries.from_value, retries.to_value) == (0, 9)
    read_only = {name: node.describe_parameter(name).read_only for name in ('rate', 'joints')}
    assert read_only == {'rate': False, 'joints': True}


def test_a_restart_goes_on_with_what_was_changed(spinner: Spinner, tmp_path: Path) -> None:
    arm = Arm(spinner, tmp_path, rate=40.0)
    arm.set('limits', [0.5])
    arm.set('rate', 20.0)
    arm.set('retries', 4)
    arm.set('retries', 3)  # as configured
    spinner.remove(arm.node)
    arm = Arm(spinner, tmp_path, rate=40.0)
    assert arm.settings == ArmSettings(rate=20.0, limits=(0.5,))
    assert arm.node.get_parameter('rate').value == 20.0
    arm.set('retries', 6)
    spinner.remove(arm.node)
    assert Arm(spinner, tmp_path, rate=40.0).settings.limits == (0.5,)


def test_what_is_configured_anew_goes_over_an_earlier_change(
    spinner: Spinner, tmp_path: Path
) -> None:
    arm = Arm(spinner, tmp_path, rate=40.0)
    arm.set('rate', 20.0)
    arm.set('retries', 5)
    spinner.remove(arm.node)
    assert Arm(spinner, tmp_path, rate=60.0).settings == ArmSettings(rate=60.0, retries=5)


def test_a_damaged_memory_is_refused(spinner: Spinner, tmp_path: Path) -> None:
    (tmp_path / 'changed_parameters.json').write_text('{"rate": ')
    with pytest.raises(ValueError, match=r'changed_parameters.json cannot be read \(.*without it'):
        Arm(spinner, tmp_path)
