# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""ROS parameters of a node, declared from its settings class."""

from __future__ import annotations

from typing import Any, get_args, get_origin, TypeVar

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from sac_core.settings import check, Setting, Settings, settings_of

SettingsType = TypeVar('SettingsType', bound=Settings)

# Range limits of a descriptor must be finite and of the parameter's own type.
_LARGEST_INTEGER = 2**62
_LARGEST_FLOAT = 1e300


def declare_settings(node: Node, settings_class: type[SettingsType]) -> SettingsType:
    """Declare each field of a settings class as a read-only parameter and return the values.

    An integer is taken for a float, because YAML and command lines write 1 for 1.0.

    :raises ValueError: where a configured value has the wrong type or is out of range, naming
        the parameter and the value
    """
    values = {}
    for each in settings_of(settings_class):
        node.declare_parameter(each.name, _ros_value(each.default), _descriptor(each))
        value = _setting_value(each, node.get_parameter(each.name).value)
        check(each, value)
        values[each.name] = value
    return settings_class(**values)


def refuse_unknown_overrides(node: Node) -> None:
    """Refuse configured parameters that nobody declared: a misspelt name must not go unnoticed.

    :raises ValueError: naming the parameters
    """
    unknown = sorted(
        name
        for name in node._parameter_overrides
        if not node.has_parameter(name) and not name.startswith('qos_overrides.')
    )
    if unknown:
        raise ValueError(f'unknown parameters {unknown}; known are {_own_names(node)}')


def _own_names(node: Node) -> list[str]:
    names = node.get_parameters_by_prefix('')
    return sorted(name for name in names if not name.startswith(('qos_overrides', 'start_type')))


def _descriptor(declared: Setting) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(
        name=declared.name,
        description=declared.description,
        read_only=True,
        # Types and ranges are checked in one place, with one wording: sac_core.settings.
        dynamic_typing=True,
    )
    if declared.choices:
        descriptor.additional_constraints = f'one of {list(declared.choices)}'
    if declared.low is None and declared.high is None:
        return descriptor
    if declared.type is int:
        low = -_LARGEST_INTEGER if declared.low is None else int(declared.low)
        high = _LARGEST_INTEGER if declared.high is None else int(declared.high)
        descriptor.additional_constraints = f'{low} to {high}'
    elif declared.type is float:
        lowest = -_LARGEST_FLOAT if declared.low is None else float(declared.low)
        highest = _LARGEST_FLOAT if declared.high is None else float(declared.high)
        descriptor.additional_constraints = f'{lowest:g} to {highest:g}'
    return descriptor


def _ros_value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _setting_value(declared: Setting, value: Any) -> Any:
    is_list = hasattr(value, '__len__') and not isinstance(value, str)
    if get_origin(declared.type) is tuple and is_list:
        element = get_args(declared.type)[0]
        return tuple(_number(element, each) for each in value)
    return _number(declared.type, value)


def _number(wanted: object, value: Any) -> Any:
    return float(value) if wanted is float and type(value) is int else value
