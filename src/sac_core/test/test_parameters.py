# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""ROS parameters of a real node: what a user may configure, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter
from sac_core.ros.parameters import declare_settings, refuse_unknown_overrides
from sac_core.ros.testing import Spinner
from sac_core.settings import setting, Settings

pytestmark = pytest.mark.node


@dataclass(frozen=True)
class ArmSettings(Settings):
    name: str = setting('left', 'which arm', choices=('left', 'right'))
    rate: float = setting(50.0, 'ticks per second [Hz]', low=0.0, high=1000.0)
    joints: int = setting(7, 'number of joints', low=1)
    gripper: bool = setting(True, 'has a gripper')
    widths: tuple[int, ...] = setting((256, 256), 'layers', low=1)
    limits: tuple[float, ...] = setting((1.0, 2.5), 'of each joint [rad]')


@pytest.fixture
def domain() -> Iterator[Spinner]:
    with Spinner() as spinner:
        yield spinner


def configured(domain: Spinner, **overrides: Any) -> Node:
    values = [Parameter(name.replace('__', '.'), value=value) for name, value in overrides.items()]
    return domain.node('arm', parameter_overrides=values)


def test_without_configuration_the_defaults_hold(domain: Spinner) -> None:
    node = configured(domain)
    assert declare_settings(node, ArmSettings) == ArmSettings()
    assert list(node.get_parameter('widths').value) == [256, 256]


def test_configured_values_arrive_in_the_settings(domain: Spinner) -> None:
    node = configured(
        domain,
        name='right',
        rate=20.5,
        joints=6,
        gripper=False,
        widths=[64],
        limits=[0.5, 1.5, 2.5],
    )
    assert declare_settings(node, ArmSettings) == ArmSettings(
        name='right',
        rate=20.5,
        joints=6,
        gripper=False,
        widths=(64,),
        limits=(0.5, 1.5, 2.5),
    )


def test_an_integer_is_taken_for_a_float(domain: Spinner) -> None:
    settings = declare_settings(configured(domain, rate=20, limits=[1, 2]), ArmSettings)
    assert (settings.rate, settings.limits) == (20.0, (1.0, 2.0))
    assert isinstance(settings.rate, float)
    assert all(isinstance(each, float) for each in settings.limits)


@pytest.mark.parametrize(
    ('override', 'message'),
    [
        ({'rate': 'fast'}, "rate must be a number, got 'fast'"),
        ({'rate': True}, 'rate must be a number, got True'),
        ({'rate': -1.0}, 'rate must be in [0, 1000], got -1.0'),
        ({'rate': 1001}, 'rate must be in [0, 1000], got 1001.0'),
        ({'joints': 6.5}, 'joints must be an integer, got 6.5'),
        ({'joints': 0}, 'joints must be at least 1, got 0'),
        ({'gripper': 'yes'}, "gripper must be true or false, got 'yes'"),
        ({'name': 'middle'}, "name must be one of ['left', 'right'], got 'middle'"),
        ({'name': 5}, 'name must be a string, got 5'),
        ({'widths': 256}, 'widths must be a list of integers, got 256'),
        ({'widths': '256'}, "widths must be a list of integers, got '256'"),
        ({'widths': [256, 0]}, 'widths must be at least 1, got (256, 0)'),
        ({'widths': [1.5]}, 'widths must be a list of integers, got (1.5,)'),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(
    domain: Spinner, override: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError) as raised:
        declare_settings(configured(domain, **override), ArmSettings)
    assert str(raised.value) == message


def test_a_misspelt_parameter_is_refused_and_the_known_ones_are_named(domain: Spinner) -> None:
    node = configured(domain, raet=20.0)
    declare_settings(node, ArmSettings)
    with pytest.raises(ValueError, match=r"unknown parameters \['raet'\]; known are \['gripper'"):
        refuse_unknown_overrides(node)


def test_parameters_of_ros_itself_are_not_unknown(domain: Spinner) -> None:
    node = configured(domain, use_sim_time=False, qos_overrides__x=1, rate=20.0)
    declare_settings(node, ArmSettings)
    refuse_unknown_overrides(node)


def test_a_parameter_is_described_with_its_range_and_cannot_be_set_later(domain: Spinner) -> None:
    node = configured(domain)
    declare_settings(node, ArmSettings)
    descriptor = node.describe_parameter('rate')
    assert descriptor.read_only
    assert descriptor.description == 'ticks per second [Hz]'
    assert descriptor.additional_constraints == '0 to 1000'
    assert node.describe_parameter('name').additional_constraints == "one of ['left', 'right']"
    (result,) = node.set_parameters([Parameter('rate', value=10.0)])
    assert isinstance(result, SetParametersResult)
    assert not result.successful
    assert node.get_parameter('rate').value == 50.0
