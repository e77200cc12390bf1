# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Timing of a periodic loop: absolute deadlines and statistics of what was measured."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np


class Deadlines:
    """Absolute deadlines on a monotonic clock: no drift, and no burst after a late tick.

    :param period_ns: time between two deadlines [ns]
    :param start_ns: the first deadline [ns]
    """

    def __init__(self, period_ns: int, start_ns: int) -> None:
        self.period_ns = period_ns
        self.next_ns = start_ns

    def advance(self, now_ns: int) -> int:
        """Move to the first deadline after now, on the grid of the first.

        :return: deadlines that passed without a tick
        """
        self.next_ns += self.period_ns
        if self.next_ns > now_ns:
            return 0
        missed = (now_ns - self.next_ns) // self.period_ns + 1
        self.next_ns += missed * self.period_ns
        return missed


@dataclass(frozen=True)
class Summary:
    """Statistics of samples; all 0 where there are none."""

    count: int = 0
    mean: float = 0.0
    std: float = 0.0
    p99: float = 0.0
    longest: float = 0.0


class Samples:
    """The samples since the last `take`, the newest ones if there are too many.

    One thread adds, another may take. Neither waits for the other, and adding allocates nothing:
    a sample that arrives during a `take` is left to the next, at worst it is seen in both.

    :param capacity: samples kept
    """

    def __init__(self, capacity: int = 8192) -> None:
        self._capacity = capacity
        self._ring = array('d', bytes(8 * capacity))
        self._added = 0
        self._taken = 0

    def add(self, value: float) -> None:
        """Note a sample."""
        self._ring[self._added % self._capacity] = value
        self._added += 1

    def take(self) -> Summary:
        """Return the statistics and start anew."""
        end = self._added
        start = max(self._taken, end - self._capacity)
        self._taken = end
        if start == end:
            return Summary()
        values = np.array(self._ring)[np.arange(start, end) % self._capacity]
        return Summary(
            count=end - start,
            mean=float(values.mean()),
            std=float(values.std()),
            p99=float(np.percentile(values, 99)),
            longest=float(values.max()),
        )


class PeriodSamples(Samples):
    """The times between ticks [s]."""

    def __init__(self, capacity: int = 8192) -> None:
        super().__init__(capacity)
        self._last_ns = 0

    def tick(self, now_ns: int) -> None:
        """Note a tick at `now_ns`; the first one only starts the clock."""
        if self._last_ns:
            self.add((now_ns - self._last_ns) * 1e-9)
        self._last_ns = now_ns

    def forget_last(self) -> None:
        """Do not count the time until the next tick: the loop was stopped on purpose."""
        self._last_ns = 0
