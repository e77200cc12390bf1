# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the processes of a run print, line by line under their names, and one line in place.

A piece of output that ends in a carriage return is a status line: it stays the last line of the
terminal, and is drawn again below what other processes print.
"""

from __future__ import annotations

from collections.abc import Callable
import queue
import re
import shutil
import threading
from typing import TextIO

_PIECE = re.compile(rb'[^\r\n]*(?:\r\n|\r|\n)')
_CLEAR_LINE = '\r\x1b[K'
_QUEUE_LENGTH = 10_000  # pieces that a terminal at rest may be behind before some are left out
_CLOSE_SECONDS = 1.0


def terminal_width() -> int:
    """Return the columns of the terminal, which may be resized at any time."""
    return shutil.get_terminal_size().columns


class Output:
    """Merges the output of several processes.

    Writing happens on a thread of its own: a terminal that is stopped (Ctrl-S) or a reader that
    hangs must not fill the pipes of the processes, because a control loop could wait there.

    :param in_place: the stream is a terminal, where a status line can be drawn again
    :param width: columns of the terminal, asked before each status line
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        in_place: bool,
        width: Callable[[], int] = terminal_width,
    ) -> None:
        self._stream = stream
        self._in_place = in_place
        self._width = width
        self._status = ''
        self._status_label = ''
        self._status_shown = False
        self._partial: dict[str, bytes] = {}
        self._queue: queue.Queue[str | None] = queue.Queue(_QUEUE_LENGTH)
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def feed(self, label: str, data: bytes) -> None:
        """Take output of a process as it comes; a piece without its end waits for the rest."""
        data = self._partial.pop(label, b'') + data
        end = 0
        for match in _PIECE.finditer(data):
            end = match.end()
            piece = match.group()
            text = piece.decode(errors='replace').rstrip()
            if self._in_place and piece.endswith(b'\r'):
                self._status, self._status_label = text, label
                self._show('')
            elif not text and self._status:
                self._keep_status()
            else:
                if label == self._status_label:
                    self._status = ''  # said in full, or drawn anew in a moment
                self.line(f'[{label}] {text}')
        if data[end:]:
            self._partial[label] = data[end:]

    def end_of(self, label: str) -> None:
        """Print what a process left without an end of line."""
        if label in self._partial:
            self.feed(label, b'\n')

    def line(self, text: str) -> None:
        """Print one line above the status line."""
        self._show(text + '\n')

    def close(self) -> None:
        """Keep the status line, and wait a short time until everything is written."""
        self._keep_status()
        try:
            self._queue.put(None, timeout=_CLOSE_SECONDS)
        except queue.Full:
            return
        self._thread.join(_CLOSE_SECONDS)

    def _keep_status(self) -> None:
        if self._status:
            status, self._status = self._status, ''
            self.line(status)

    def _show(self, lines: str) -> None:
        clear = _CLEAR_LINE if self._status_shown else ''
        # One column less than there are: a full last one would wrap.
        status = self._status[: max(self._width() - 1, 1)] if self._status else ''
        self._status_shown = bool(status)
        try:
            self._queue.put_nowait(f'{clear}{lines}{status}')
        except queue.Full:
            pass

    def _write(self) -> None:
        while (text := self._queue.get()) is not None:
            try:
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):
                # The terminal or the reader is gone. The run continues, or ends in order.
                continue
