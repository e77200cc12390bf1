# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Parts of what actor_process.py has recorded, and their figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from loops.stolen_log import StolenLog
from loops.tick_record import summarize

Record = Mapping[str, np.ndarray]  # see actor_process.py and latency_parts.py
_OF_LATENCY = ('latency', 'response', 'robot_delay')  # one each for every command


def sum_up(record: Record) -> dict[str, Any]:
    return summarize(**samples(record), missed=int(record['missed']))


def sum_up_calm(record: Record, log: StolenLog) -> dict[str, Any]:
    """Sum up the seconds in which the host withheld nothing."""
    calm = log.is_calm(record['times_ns'])
    gaps = _gaps(record['times_ns'])
    return summarize(**samples(calm_part(record, log)), missed=int(gaps[calm[1:]].sum()))


def sum_up_unbroken(record: Record) -> dict[str, Any]:
    """Sum up the longest part in which no tick was missed, and give its `seconds`."""
    times_ns = record['times_ns']
    broken = np.flatnonzero(_gaps(times_ns))
    firsts, lasts = np.r_[0, broken + 1], np.r_[broken, len(times_ns) - 1]
    longest = np.argmax(times_ns[lasts] - times_ns[firsts])
    start_ns, end_ns = times_ns[firsts[longest]], times_ns[lasts[longest]]
    part = _select(record, lambda times: (start_ns <= times) & (times <= end_ns))
    return {
        'seconds': round(float(end_ns - start_ns) * 1e-9, 1),
        **summarize(**samples(part), missed=int(_gaps(part['times_ns']).sum())),
    }


def cut(record: Record, start_ns: int, end_ns: int) -> Record:
    """Cut out a part; of a part, the gaps tell what was missed, of the whole the loop's count."""
    part = _select(record, lambda times_ns: (start_ns <= times_ns) & (times_ns < end_ns))
    return {**part, 'missed': _gaps(part['times_ns']).sum()}


def calm_part(record: Record, log: StolenLog) -> Record:
    return _select(record, log.is_calm)


def _select(record: Record, chosen: Callable[[np.ndarray], np.ndarray]) -> Record:
    ticks, in_reply_to = chosen(record['times_ns']), chosen(record['latency_times_ns'])
    return {
        'times_ns': record['times_ns'][ticks],
        'lateness': record['lateness'][ticks],
        'latency_times_ns': record['latency_times_ns'][in_reply_to],
        **{name: record[name][in_reply_to] for name in _OF_LATENCY},
    }


def _gaps(times_ns: np.ndarray) -> np.ndarray:
    """Count the ticks missed between each two that follow each other."""
    periods = np.diff(times_ns)
    return np.round(periods / np.median(periods) - 1) if len(periods) else periods


def samples(record: Record) -> dict[str, np.ndarray]:
    """Give lateness, latency and its parts [s]."""
    parts = {name: record[name] for name in ('lateness', *_OF_LATENCY)}
    return {name: values[~np.isnan(values)] for name, values in parts.items()}
