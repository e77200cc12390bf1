# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Watches that something is heard of somebody again and again."""

from __future__ import annotations

from sac_actor.watchdogs.watchdog import Watchdog


class SilenceWatchdog(Watchdog):
    """Trips when nothing was heard for a while, until something is heard again.

    :param what: is missing then, for the fault's text
    :param timeout: [s]
    """

    def __init__(self, name: str, what: str, *, timeout: float, stops: bool) -> None:
        super().__init__(name, stops=stops)
        self._timeout_ns = round(timeout * 1e9)
        self._text = f'{what} for {timeout:g} s'
        self._heard_ns = 0
        self.excused = False  # silence is in order at present

    def heard(self, now_ns: int) -> None:
        """Note that something was heard."""
        self._heard_ns = now_ns

    def begin(self, now_ns: int) -> None:
        """Count from now on."""
        self._heard_ns = now_ns

    def _find(self, now_ns: int) -> str:
        if self.excused and not self.fault:
            self._heard_ns = now_ns
        return self._text if now_ns - self._heard_ns > self._timeout_ns else ''
