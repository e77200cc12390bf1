# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A file that grows line by line: whole after a kill, complete after a time on a full disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

_BLOCK = 4096


class LinesFile:
    """Appends lines; what the disk refuses is kept and written with the next line.

    :param path: what a killed process left unfinished at its end is cut off
    :raises OSError: where it cannot be opened
    """

    def __init__(self, path: Path) -> None:
        if path.exists():
            with path.open('r+b') as stream:
                _cut_unfinished_line(stream)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._pending = b''

    def append(self, line: str) -> None:
        """Add a line.

        :raises OSError: where there is no room for it now
        """
        self._pending += line.encode() + b'\n'
        self.write_pending()

    def write_pending(self) -> None:
        """Write what could not be written before.

        :raises OSError: where there is still no room
        """
        while self._pending:
            self._pending = self._pending[os.write(self._descriptor, self._pending) :]

    def close(self) -> None:
        """Write what is left and close.

        :raises OSError: where there is no room for it
        """
        try:
            self.write_pending()
        finally:
            os.close(self._descriptor)


def _cut_unfinished_line(stream: BinaryIO) -> None:
    """Cut off what a killed process had begun to write."""
    end = stream.seek(0, os.SEEK_END)
    begin = end
    while begin:
        begin = max(0, begin - _BLOCK)
        stream.seek(begin)
        block = stream.read(min(_BLOCK, end - begin))
        if (last := block.rfind(b'\n')) >= 0:
            stream.truncate(begin + last + 1)
            return
    stream.truncate(0)
