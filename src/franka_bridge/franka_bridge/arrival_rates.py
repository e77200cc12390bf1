# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How often the arm's state comes: told where it is too seldom for the steps."""

from __future__ import annotations

from franka_bridge.driver_state import DriverState, FAST_PARTS, TOPICS

_WINDOW = 2.0  # s, over which a rate is measured
_SLACK = 0.9  # share of the wanted rate that is still enough


class ArrivalRates:
    """Counts arrivals.

    :param wanted: least rate of joints, pose and wrench [Hz]
    """

    def __init__(self, driver: DriverState, wanted: float) -> None:
        self._driver = driver
        self._wanted = wanted
        self._since = 0.0
        self._counts: dict[str, int] = {}
        self.slow = ''  # which topics come too seldom, as measured last; empty: none

    def look(self, now: float) -> None:
        """Measure, once a window is over.

        :param now: monotonic [s]
        """
        elapsed = now - self._since
        if elapsed < _WINDOW:
            return
        counts = {part: each.count for part, each in self._driver.arrivals.items()}
        rates = {
            TOPICS[part]: (counts[part] - self._counts[part]) / elapsed
            for part in FAST_PARTS
            if part in counts and part in self._counts
        }
        # What does not come at all is a fault that says so itself.
        seldom = [
            f'{topic} at {rate:.0f} Hz'
            for topic, rate in rates.items()
            if 0.0 < rate < _SLACK * self._wanted
        ]
        self.slow = f'{", ".join(seldom)}: at least {self._wanted:g} Hz wanted' if seldom else ''
        self._counts, self._since = counts, now
