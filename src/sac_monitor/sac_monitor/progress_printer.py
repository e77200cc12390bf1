# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Prints the progress: a line redrawn in place, or a full line now and then."""

from __future__ import annotations

from collections.abc import Callable
import shutil
import sys
import time
from typing import TextIO

from sac_monitor.condition import waiting
from sac_monitor.progress import format_progress
from sac_monitor.run_state import RunState

_PLAIN_WIDTH = 200  # of a line that goes to a file: all parts, in full words
_FALLBACK_SIZE = (100, 24)  # where neither COLUMNS nor a terminal tells the width


class ProgressPrinter:
    """Prints one state's progress.

    A line that ends in a carriage return is overwritten by what follows: the terminal, or the
    launcher that reads this process's output, shows it in place.

    :param mode: 'auto', 'line', 'plain' or 'off'
    :param plain_period: between two lines of 'plain' [s]
    :param clock: monotonic time [s]
    """

    def __init__(
        self,
        state: RunState,
        mode: str,
        *,
        plain_period: float,
        stream: TextIO = sys.stdout,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if mode == 'auto':
            mode = 'line' if stream.isatty() else 'plain'
        self.mode = mode
        self._state = state
        self._plain_period = plain_period
        self._stream = stream
        self._clock = clock
        self._next_plain = clock()
        self._waited = ''

    def show(self) -> None:
        """Print the progress, where it is time to."""
        if self.mode == 'line':
            # One column less than there are: a full last one would wrap.
            width = shutil.get_terminal_size(_FALLBACK_SIZE).columns - 1
            self._write(format_progress(self._state, width).ljust(width) + '\r')
        elif self.mode == 'plain' and self._is_due():
            self._write(format_progress(self._state, _PLAIN_WIDTH) + '\n')

    def end(self, report: str) -> None:
        """Print the last progress so that it stays, and the report below it."""
        if self.mode == 'line':
            self.show()
            self._write('\n')
        if self.mode != 'off':
            self._write(report + '\n')

    def _is_due(self) -> bool:
        now = self._clock()
        cause = waiting(self._state)
        news = cause and cause != self._waited
        self._waited = cause
        if now < self._next_plain and not news:
            return False
        self._next_plain = now + self._plain_period
        return True

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:  # the reader is gone; the records still matter
            self.mode = 'off'
