# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Watches that the control loop comes when it is due."""

from __future__ import annotations

from sac_actor.watchdogs.watchdog import Watchdog


class OverrunWatchdog(Watchdog):
    """Trips when too many ticks in a row are missed, until as many in a row come in time.

    :param limit: ticks, > 0
    """

    def __init__(self, *, limit: int) -> None:
        super().__init__('overruns', stops=True)
        self._limit = limit
        self._text = f'{limit} or more ticks in a row were missed'
        self._missed = 0
        self._punctual = 0

    def ticked(self, missed: int) -> None:
        """Note a tick and how many were missed since the last one."""
        if missed:
            self._missed += missed
            self._punctual = 0
            return
        self._punctual += 1
        if not self.fault or self._punctual >= self._limit:
            self._missed = 0

    def begin(self, now_ns: int) -> None:
        """Forget the ticks of the last run."""
        self._missed = 0

    def _find(self, now_ns: int) -> str:
        return self._text if self._missed >= self._limit else ''
