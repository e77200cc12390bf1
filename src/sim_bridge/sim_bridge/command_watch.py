# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Notices that commands have ceased, and measures how long that took."""

from __future__ import annotations

from collections.abc import Callable
import time

from rclpy.clock import Clock, ClockType
from rclpy.node import Node


class CommandWatch:
    """Calls back once when no command has come for a while, after the first one.

    :param timeout: [s]; 0: never
    :param on_silence: called by the node's executor
    """

    def __init__(self, node: Node, timeout: float, on_silence: Callable[[], None]) -> None:
        self._on_silence = on_silence
        self._last = 0.0
        self.timeouts = 0
        self.has_timed_out = False  # no command since the last time
        self.silence = 0.0  # [s] from the last command to the last call
        self.longest_silence = 0.0
        self._timer = None
        if timeout:
            steady = Clock(clock_type=ClockType.STEADY_TIME)  # simulated time may stand still
            self._timer = node.create_timer(timeout, self._time_is_up, clock=steady)
            self._timer.cancel()

    def heard(self) -> None:
        """Begin to wait for the next command."""
        self.has_timed_out = False
        self._last = time.monotonic()
        if self._timer is not None:
            self._timer.reset()

    def rest(self) -> None:
        """Wait for nothing until a command is heard."""
        if self._timer is not None:
            self._timer.cancel()

    def _time_is_up(self) -> None:
        self.rest()
        self.has_timed_out = True
        self._on_silence()
        self.timeouts += 1
        self.silence = time.monotonic() - self._last
        self.longest_silence = max(self.silence, self.longest_silence)
