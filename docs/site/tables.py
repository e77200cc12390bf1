# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tables of the generated pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sac_core.settings import Setting

_TYPES = {bool: 'bool', int: 'integer', float: 'number', str: 'string'}


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [header, ['---'] * len(header), *rows]
    return '\n'.join('| ' + ' | '.join(_cell(each) for each in line) + ' |' for line in lines)


def type_of(setting: Setting) -> str:
    """Name the type of a setting."""
    if setting.type in _TYPES:
        return _TYPES[setting.type]
    return f'list of {_TYPES[setting.type.__args__[0]]}s'


def values_of(setting: Setting) -> str:
    """Say which values a setting may have, empty where any."""
    if setting.choices:
        return ', '.join(f'`{each}`' for each in setting.choices)
    if setting.low is None and setting.high is None:
        return ''
    if setting.high is None:
        return f'≥ {setting.low:g}'
    if setting.low is None:
        return f'≤ {setting.high:g}'
    return f'{setting.low:g} to {setting.high:g}'


def _cell(text: str) -> str:
    return ' '.join(text.split()).replace('|', '\\|')
