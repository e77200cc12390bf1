# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Watches the system's clock against the monotonic one, by which the loop goes."""

from __future__ import annotations

from collections.abc import Callable
import time

from sac_actor.watchdogs.watchdog import Watchdog

_SHOWN = 10.0  # [s] that a jump is shown


class ClockWatchdog(Watchdog):
    """Warns of a jump of the system's clock: stamps and ages are wrong, the loop is not.

    :param limit: smallest change between two looks that is a jump [s]
    :param system_clock: [ns]
    """

    def __init__(self, *, limit: float, system_clock: Callable[[], int] = time.time_ns) -> None:
        super().__init__('clock jumps', stops=False)
        self._limit_ns = round(limit * 1e9)
        self.system_clock = system_clock
        self._offset_ns: int | None = None
        self._jumped_ns = 0
        self._text = ''

    def _find(self, now_ns: int) -> str:
        offset_ns = self.system_clock() - now_ns
        jump_ns = 0 if self._offset_ns is None else offset_ns - self._offset_ns
        self._offset_ns = offset_ns
        if abs(jump_ns) > self._limit_ns:
            self._text = f"the system's clock jumped by {jump_ns * 1e-9:+.3f} s"
            self._jumped_ns = now_ns
        elif self._text and now_ns - self._jumped_ns > _SHOWN * 1e9:
            self._text = ''
        return self._text
