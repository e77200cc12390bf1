# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How commands answer: a table or lines for people, one JSON value for programs."""

from __future__ import annotations

from collections.abc import Sequence
import json
import math
from typing import Any

import click

json_option = click.option('--json', 'as_json', is_flag=True, help='Print one JSON value instead.')


def print_json(value: Any) -> None:
    """Print a value of lists, dicts and scalars; numbers that JSON does not know become null."""
    click.echo(json.dumps(_finite(value), indent=1, allow_nan=False))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 2) -> None:
    """Print rows under a header in columns as wide as they must be.

    :param left: so many columns are words and stand left, the rest are numbers and stand right
    """
    widths = [max(len(row[index]) for row in (header, *rows)) for index in range(len(header))]
    for row in (header, *rows):
        cells = [
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo('  '.join(cells).rstrip())


def number(value: float | None, digits: int = 1) -> str:
    """Write a number for a reader, '-' where it is unknown."""
    if value is None or not math.isfinite(value):
        return '-'
    return f'{value:,.{digits}f}'


def duration(seconds: float) -> str:
    """Write a duration in its largest unit."""
    for unit, length in (('d', 86_400.0), ('h', 3600.0), ('min', 60.0)):
        if seconds >= length:
            return f'{seconds / length:.0f} {unit}'
    return f'{max(0.0, seconds):.0f} s'


def size(count: float) -> str:
    """Write a number of bytes in its largest unit."""
    for unit in ('B', 'kB', 'MB'):
        if count < 1000:
            return f'{count:.3g} {unit}'
        count /= 1000
    return f'{count:,.1f} GB'


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return value
