# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Real time in milliseconds: how many ticks are due, without drift."""

from __future__ import annotations

_LONGEST_CATCH_UP = 100  # ticks: the controller of a real arm would have given up long before


class RealTimeTicks:
    """
    Counts due ticks against a clock.

    `lost`: ticks that were given up since the machine was too slow.
    """

    def __init__(self, now: int) -> None:
        self._start = now
        self._done = 0
        self.lost = 0

    def due(self, now: int) -> int:
        """
        Take the ticks up to now; they count as done.

        :param now: monotonic time (ns)
        """
        ticks = (now - self._start) // 1_000_000 - self._done
        if ticks > _LONGEST_CATCH_UP:
            self.lost += ticks - _LONGEST_CATCH_UP
            self._done += ticks - _LONGEST_CATCH_UP
            ticks = _LONGEST_CATCH_UP
        self._done += ticks
        return ticks


class Every:
    """
    Says when a topic is due.

    :param rate: Hz of simulated time; the driver's tick, 1 kHz, is divided by a whole number
    """

    def __init__(self, rate: float) -> None:
        self._ticks = max(1, round(1000.0 / rate))
        self._last = -1

    def is_due(self, tick: int) -> bool:
        """:return: whether its period has begun anew since it was last due"""
        period = tick // self._ticks
        is_due = period != self._last
        self._last = period
        return is_due
