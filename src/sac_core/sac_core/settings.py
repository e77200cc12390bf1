# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of a node as one frozen dataclass: default, unit, range and description.

A node's ROS parameters are declared from such a class (`sac_core.ros.parameters`), its core is
built from an instance of it, and neither can differ from what is written here. The defaults in
config/ repeat them for readers; a test keeps them equal.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, cast, get_type_hints

Value = bool | int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Setting:
    """One field of a settings class, as a tool that lists or declares it wants it."""

    name: str
    type: Any
    default: Value
    description: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    changeable: bool = False


def setting(
    default: Value,
    description: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    changeable: bool = False,
) -> Any:
    """Declare a field of a settings class.

    :param default: used where nothing else is configured
    :param description: meaning and unit, one sentence
    :param low: smallest valid value, for numbers and for each number of a tuple
    :param high: largest valid value, likewise
    :param choices: valid values of a string; any where empty
    :param changeable: while the node runs; the others are read at its start only
    """
    metadata = {
        'description': description,
        'low': low,
        'high': high,
        'choices': choices,
        'changeable': changeable,
    }
    return dataclasses.field(default=default, metadata=metadata)


class Settings:
    """Base of the settings classes: checks each value against its type and range.

    :raises ValueError: on construction, naming the field and the value
    """

    def __post_init__(self) -> None:
        for each in settings_of(type(self)):
            check(each, getattr(self, each.name))


def settings_of(settings_class: type) -> list[Setting]:
    """List the fields of a settings class in the order in which they are written."""
    types = get_type_hints(settings_class)
    return [
        Setting(field.name, types[field.name], cast(Value, field.default), **field.metadata)
        for field in dataclasses.fields(settings_class)
    ]


def check(declared: Setting, value: object) -> None:
    """Check one value.

    :raises ValueError: naming the field, what it must be and what it is
    """
    if not _has_type(value, declared.type):
        raise ValueError(f'{declared.name} must be {_noun(declared.type)}, got {value!r}')
    if declared.choices and value not in declared.choices:
        raise ValueError(f'{declared.name} must be one of {list(declared.choices)}, got {value!r}')
    for number in value if isinstance(value, tuple) else (value,):
        if not isinstance(number, (int, float)) or isinstance(number, bool):
            continue
        below = declared.low is not None and number < declared.low
        above = declared.high is not None and number > declared.high
        if below or above or not math.isfinite(number):
            raise ValueError(f'{declared.name} must be {_range(declared)}, got {value!r}')


def _has_type(value: object, wanted: object) -> bool:
    if wanted is float:
        return isinstance(value, float)
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted in (bool, str):
        return isinstance(value, wanted)
    element = _element(wanted)
    return isinstance(value, tuple) and all(_has_type(each, element) for each in value)


def _element(tuple_type: Any) -> Any:
    return tuple_type.__args__[0]


def _noun(wanted: object) -> str:
    names = {float: 'a number', int: 'an integer', bool: 'true or false', str: 'a string'}
    return names.get(wanted) or f'a list of {names[_element(wanted)].split()[-1]}s'  # type: ignore[call-overload]


def _range(declared: Setting) -> str:
    if declared.high is None:
        return f'at least {declared.low:g}' if declared.low is not None else 'a number'
    if declared.low is None:
        return f'at most {declared.high:g}'
    return f'in [{declared.low:g}, {declared.high:g}]'
