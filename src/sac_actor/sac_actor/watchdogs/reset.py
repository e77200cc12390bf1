# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Watches how long the robot takes from the end of an episode to the next beginning."""

from __future__ import annotations

from sac_actor.watchdogs.watchdog import Watchdog

_WORTH_TELLING_NS = 10**9
_RESET = "the robot's reset"


class ResetWatchdog(Watchdog):
    """Warns of a reset that does not end. It stops nothing: that would cost another reset.

    :param timeout: longest time of a reset [s]
    :param silence: time without an observation, which a bridge repeats meanwhile, after which the
        bridge is silent [s]
    """

    def __init__(self, *, timeout: float, silence: float) -> None:
        super().__init__('reset overdue', stops=False)
        self._timeout_ns = round(timeout * 1e9)
        self._silence_ns = round(silence * 1e9)
        self._text = f'no episode has begun for {timeout:g} s'
        self._since_ns = 0
        self._heard_ns = 0
        self.resetting = False  # set in the control loop: the robot is between two episodes
        self.waiting_for = ''  # what takes its time at present; read from any thread

    def begin(self, now_ns: int) -> None:
        """Count from now on."""
        self._since_ns = self._heard_ns = now_ns

    def heard(self, now_ns: int) -> None:
        """Note an observation, also a repeated one."""
        self._heard_ns = now_ns

    def _find(self, now_ns: int) -> str:
        if not self.resetting:
            self._since_ns = now_ns
            self.waiting_for = ''
            return ''
        lasted = now_ns - self._since_ns
        silent = now_ns - self._heard_ns > self._silence_ns
        if lasted > _WORTH_TELLING_NS:
            self.waiting_for = f'{_RESET}, whose bridge is silent' if silent else _RESET
        if lasted <= self._timeout_ns:
            return ''
        if self.fault:
            return self.fault
        return f'{self._text}: {"its bridge is silent" if silent else "its bridge is heard"}'
