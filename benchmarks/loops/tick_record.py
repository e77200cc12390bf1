# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""When each tick of a loop was due and when it began: recorded first, then summed up."""

from __future__ import annotations

import numpy as np


class TickRecord:
    """Room for the times of a known number of ticks; further ones are not recorded.

    :param capacity: ticks
    """

    def __init__(self, capacity: int) -> None:
        self._late_ns = np.zeros(capacity, np.int64)
        self._latency_ns = np.zeros(capacity, np.int64)
        self.ticks = 0
        self.missed = 0

    def add(self, *, due_ns: int, begun_ns: int, done_ns: int) -> None:
        """Note a tick: when it was due, when it began and when its command was out."""
        if self.ticks < len(self._late_ns):
            self._late_ns[self.ticks] = begun_ns - due_ns
            self._latency_ns[self.ticks] = done_ns - begun_ns
            self.ticks += 1

    def summary(self) -> dict[str, float | None]:
        """Sum up, see `summarize`."""
        return summarize(
            lateness=self._late_ns[: self.ticks] * 1e-9,
            latency=self._latency_ns[: self.ticks] * 1e-9,
            missed=self.missed,
        )


def summarize(
    *, missed: int, lateness: np.ndarray, **delays: np.ndarray
) -> dict[str, float | None]:
    """Give the figures of a loop, in microseconds.

    :param lateness: of each tick [s]
    :param delays: of each command [s], by name
    """
    late = lateness * 1e6
    return {
        'ticks': len(late),
        'missed': missed,
        'late_p50_us': _percentile(late, 50),
        'late_p99_us': _percentile(late, 99),
        'late_p999_us': _percentile(late, 99.9),
        'late_max_us': _percentile(late, 100),
        **{
            f'{name}_p{percent}_us': _percentile(delay * 1e6, percent)
            for name, delay in delays.items()
            for percent in (50, 99)
        },
    }


def _percentile(values: np.ndarray, percent: float) -> float | None:
    return round(float(np.percentile(values, percent)), 1) if len(values) else None
