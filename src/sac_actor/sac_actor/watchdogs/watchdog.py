# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What all watchdogs have in common: a fault is there or not, and its beginnings are counted."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Watchdog(ABC):
    """Looks for one fault; asked in the control loop, told what happens from any thread.

    :param name: one or two words, for diagnostics
    :param stops: keep the robot still while the fault is there; else only warn
    """

    def __init__(self, name: str, *, stops: bool) -> None:
        self.name = name
        self.stops = stops
        self.fault = ''  # what is wrong at present, in one line
        self.last_fault = ''
        self.trips = 0

    def look(self, now_ns: int) -> str:
        """Look again, and count a fault that is new.

        :param now_ns: monotonic [ns]
        :return: the fault, empty while there is none
        """
        self._trip(self._find(now_ns))
        return self.fault

    def _trip(self, fault: str) -> None:
        if fault and not self.fault:
            self.trips += 1
            self.last_fault = fault
        self.fault = fault

    def begin(self, now_ns: int) -> None:  # noqa: B027  most have nothing to forget
        """Forget how long things took while the loop did not run."""

    @abstractmethod
    def _find(self, now_ns: int) -> str:
        """Return what is wrong, always in the same words; empty: nothing."""
