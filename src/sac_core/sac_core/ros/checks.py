# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What holds for every message of this suite, whoever sent it; what only one type must, is checked
where it is read.

Reading bytes as a message is the middleware's work: what is none never gets here.
"""

from __future__ import annotations

from typing import Any

from std_msgs.msg import Header

LARGEST_COUNT = 2**63 - 1  # of counters and sequence numbers: they fit into any file
LONGEST_TEXT = 1000  # characters
_LAST_SECOND = 2**31 - 1
_SECOND = 10**9  # nanoseconds
_CHECKED: dict[type[Any], tuple[tuple[str, str], ...]] = {}


def check_message(message: Any) -> None:
    """Check the header, counters and texts of a message.

    :raises ValueError: naming the field and what is wrong with it
    """
    for name, kind in _checked_fields(type(message)):
        value = getattr(message, name)
        if kind == 'string':
            check_text(name, value)
        elif kind == 'uint64':
            if value > LARGEST_COUNT:
                raise ValueError(f'{name} must be below 2^63, got {value}')
        else:
            _check_header(value)


def check_text(name: str, text: str) -> None:
    """Check a text that goes into logs, files and terminals.

    :raises ValueError: naming the field and what is wrong with it
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError(f'{name} must be at most {LONGEST_TEXT} characters, got {len(text)}')
    if not text.isprintable():
        raise ValueError(f'{name} must be printable, got {text[:100]!r}')


def _check_header(header: Header) -> None:
    stamp = header.stamp
    if not (0 <= stamp.sec <= _LAST_SECOND and 0 <= stamp.nanosec < _SECOND):
        raise ValueError(f'stamp must be a time since 1970, got {stamp.sec} s {stamp.nanosec} ns')
    check_text('frame_id', header.frame_id)


def _checked_fields(message_type: type[Any]) -> tuple[tuple[str, str], ...]:
    """Name and type of what is checked; sessions are any number."""
    if message_type not in _CHECKED:
        _CHECKED[message_type] = tuple(
            (name, kind)
            for name, kind in message_type.get_fields_and_field_types().items()
            if kind in ('string', 'std_msgs/Header')
            or (kind == 'uint64' and not name.endswith('_session'))
        )
    return _CHECKED[message_type]
