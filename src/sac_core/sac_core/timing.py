# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Timing of a periodic loop: absolute deadlines and statistics of the periods."""

from __future__ import annotations

from dataclasses import dataclass
import math


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
class PeriodSummary:
    """Statistics of the times between ticks [s]; rate in Hz."""

    ticks: int
    rate: float
    mean: float
    std: float
    longest: float


# Ticks, sum of periods [s], sum of their squares [s^2], longest [s].
_NO_FIGURES = (0, 0.0, 0.0, 0.0)


class PeriodStatistics:
    """Running statistics of the times between ticks since the last `take`, without a list.

    One thread ticks, another may take. Neither waits for the other: the figures change all at
    once. A `take` during a `tick` may leave its figures to the next `take`, too.
    """

    def __init__(self) -> None:
        self._last_ns = 0
        self._figures = _NO_FIGURES

    def tick(self, now_ns: int) -> None:
        """Count a tick at `now_ns`; the first one only starts the clock."""
        if self._last_ns:
            period = (now_ns - self._last_ns) * 1e-9
            ticks, total, squares, longest = self._figures
            self._figures = (
                ticks + 1,
                total + period,
                squares + period * period,
                max(longest, period),
            )
        self._last_ns = now_ns

    def forget_last(self) -> None:
        """Do not count the time until the next tick: the loop was stopped on purpose."""
        self._last_ns = 0

    def take(self) -> PeriodSummary:
        """Return the statistics and start anew."""
        (ticks, total, squares, longest), self._figures = self._figures, _NO_FIGURES
        if not ticks:
            return PeriodSummary(0, 0.0, 0.0, 0.0, 0.0)
        mean = total / ticks
        variance = max(0.0, squares / ticks - mean * mean)
        return PeriodSummary(ticks, ticks / total, mean, math.sqrt(variance), longest)
