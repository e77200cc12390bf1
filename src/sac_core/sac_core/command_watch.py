# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Notices that commands have ceased, and measures how long that took."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Protocol


class Timer(Protocol):
    """A timer of rclpy, which calls back again and again while it runs."""

    def reset(self) -> None:
        """Run from now on, from the beginning of a period."""

    def cancel(self) -> None:
        """Run no more."""


class CommandWatch:
    """Calls back once when no command has come for a while, after the first one.

    :param on_silence: brings the robot to its safe state
    """

    def __init__(self, on_silence: Callable[[], None]) -> None:
        self._on_silence = on_silence
        self._timer: Timer | None = None
        self._last = 0.0
        self.timeouts = 0
        self.has_timed_out = False  # no command since the last time
        self.silence = 0.0  # [s] from the last command to the safe state
        self.longest_silence = 0.0

    def use(self, timer: Timer) -> None:
        """Wait as long as the period of a timer that calls `time_is_up`; else for ever."""
        self._timer = timer
        self.rest()

    def heard(self) -> None:
        """Begin to wait for the next command."""
        self._last = time.monotonic()
        self.has_timed_out = False
        if self._timer is not None:
            self._timer.reset()

    def rest(self) -> None:
        """Wait for nothing until a command is heard."""
        if self._timer is not None:
            self._timer.cancel()

    def time_is_up(self) -> None:
        """Take note that no command came in time."""
        self.rest()
        self.has_timed_out = True
        self._on_silence()
        self.timeouts += 1
        self.silence = time.monotonic() - self._last
        self.longest_silence = max(self.silence, self.longest_silence)
