# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Watches that the bridge, which is heard, also does what it is told."""

from __future__ import annotations

from sac_actor.watchdogs.watchdog import Watchdog


class AnswerWatchdog(Watchdog):
    """Trips when a command was not followed by a new observation; tries again after as long.

    :param timeout: [s]
    """

    def __init__(self, *, timeout: float) -> None:
        super().__init__('command not answered', stops=True)
        self._timeout_ns = round(timeout * 1e9)
        self._text = f'command not answered for {timeout:g} s'
        self._since_ns = 0
        self.unanswered = False  # set in the control loop: an action was sent and not followed

    def begin(self, now_ns: int) -> None:
        """Count from now on."""
        self._since_ns = now_ns

    def _find(self, now_ns: int) -> str:
        waited = now_ns - self._since_ns > self._timeout_ns
        if self.fault:
            fault = '' if waited else self._text
        else:
            fault = self._text if waited and self.unanswered else ''
        if bool(fault) != bool(self.fault) or not (fault or self.unanswered):
            self._since_ns = now_ns
        return fault
