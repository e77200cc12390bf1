# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""ROS parameters of a node, declared from its settings class; what a refused change is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast, get_args, get_origin, TypeVar

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter
from sac_core.settings import check, Setting, Settings, settings_of

SettingsType = TypeVar('SettingsType', bound=Settings)

# Range limits of a descriptor must be finite and of the parameter's own type.
_LARGEST_INTEGER = 2**62
_LARGEST_FLOAT = 1e300


def declare_settings(node: Node, settings_class: type[SettingsType]) -> SettingsType:
    """Declare each field of a settings class as a parameter and return the values.

    It is read-only unless its setting is changeable; then `sac_core.ros.parameter_changes` is to
    be asked for the changes. An integer is taken for a float, because YAML and command lines
    write 1 for 1.0.

    :raises ValueError: where a configured value has the wrong type or is out of range, naming
        the parameter and the value
    """
    values = {}
    guard = _guard(node)
    for each in settings_of(settings_class):
        guard.settings[each.name] = each
        node.declare_parameter(each.name, ros_value(each.default), _descriptor(each))
        value = setting_value(each, node.get_parameter(each.name).value)
        check(each, value)
        values[each.name] = value
        if each.changeable:  # now that it has its type and a valid value
            node.set_parameters([Parameter(each.name, value=ros_value(value))])
            node.set_descriptor(each.name, _changeable_descriptor(each))
    return settings_class(**values)


class _Guard:
    """Stands before `node.set_parameters_atomically`, which every request from outside goes to.

    rclpy would say of a parameter that it is read-only, but not what to do about it, and refuse 1
    for 1.0.
    """

    def __init__(self, node: Node) -> None:
        self.settings: dict[str, Setting] = {}
        self._set = node.set_parameters_atomically
        self._is_declared = node.has_parameter

    def __call__(self, parameters: Iterable[Parameter]) -> SetParametersResult:
        parameters = list(parameters)
        for each in parameters:
            if reason := self._refusal(each.name):
                return SetParametersResult(successful=False, reason=reason)
        return self._set([self._converted(each) for each in parameters])

    def _refusal(self, name: str) -> str:
        declared = self.settings.get(name)
        if declared is None:
            return '' if self._is_declared(name) else f'this node has no parameter {name}'
        if declared.changeable:
            return ''
        changeable = sorted(each.name for each in self.settings.values() if each.changeable)
        return (
            f'{name} is read when the node starts, and cannot be changed while it runs; what can'
            f' is {", ".join(changeable) or "none of its parameters"}'
        )

    def _converted(self, parameter: Parameter) -> Parameter:
        declared = self.settings.get(parameter.name)
        if declared is None:
            return parameter
        value = setting_value(declared, parameter.value)
        return Parameter(parameter.name, value=ros_value(value))


def _guard(node: Node) -> _Guard:
    if not isinstance(node.set_parameters_atomically, _Guard):
        node.set_parameters_atomically = _Guard(node)
    return cast(_Guard, node.set_parameters_atomically)


def refuse_unknown_overrides(node: Node) -> None:
    """Refuse configured parameters that the node does not declare, such as a misspelt name.

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
        read_only=not declared.changeable,
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


def _changeable_descriptor(declared: Setting) -> ParameterDescriptor:
    """Add what tools draw sliders from; the values are checked by `sac_core.settings` first."""
    descriptor = _descriptor(declared)
    if declared.low is None or declared.high is None:
        return descriptor
    low, high = declared.low, declared.high
    if declared.type is int:
        range_ = IntegerRange(from_value=int(low), to_value=int(high), step=1)
        descriptor.integer_range = [range_]
    elif declared.type is float:
        range_ = FloatingPointRange(from_value=float(low), to_value=float(high))
        descriptor.floating_point_range = [range_]
    return descriptor


def ros_value(value: Any) -> Any:
    """Turn a setting's value into one of a ROS parameter."""
    return list(value) if isinstance(value, tuple) else value


def setting_value(declared: Setting, value: Any) -> Any:
    """Turn the value of a ROS parameter into one of a setting; it may still be a wrong one."""
    is_list = hasattr(value, '__len__') and not isinstance(value, str)
    if get_origin(declared.type) is tuple and is_list:
        element = get_args(declared.type)[0]
        return tuple(_number(element, each) for each in value)
    return _number(declared.type, value)


def _number(wanted: object, value: Any) -> Any:
    return float(value) if wanted is float and type(value) is int else value
