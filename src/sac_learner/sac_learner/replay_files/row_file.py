# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The ring of transitions in a file: written by system calls, read through a map.

A write through a map kills the process (SIGBUS) where the disk is full or fails; a system call
says so, and what it took shows in the map at once. The file is made in its full length without
taking the space; it grows as rows are written.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import numpy as np
from sac_learner.replay_rows import RowArray


class RowFile:
    """A file with a header and a ring of rows; number n is in row n % ring.

    :param header_bytes: length of the header
    :raises OSError: where it cannot be opened
    """

    def __init__(
        self,
        path: Path,
        row_type: np.dtype[np.void],
        *,
        ring: int,
        header_bytes: int,
        writable: bool = True,
    ) -> None:
        flags = os.O_RDWR | os.O_CREAT if writable else os.O_RDONLY
        self.descriptor = os.open(path, flags, 0o644)
        self.row_type = row_type
        self._ring = ring
        self._header_bytes = header_bytes

    def write_header(self, header: bytes) -> None:
        """Write the header, and give the file its full length."""
        os.pwrite(self.descriptor, header, 0)
        size = self._header_bytes + self._ring * self.row_type.itemsize
        if os.fstat(self.descriptor).st_size < size:
            os.ftruncate(self.descriptor, size)

    def read(self, number: int, count: int) -> bytes:
        """Read rows; zeros where the file is too short.

        :raises OSError: where the disk fails
        """
        parts = self._parts(number, count)
        return b''.join(
            os.pread(self.descriptor, size, place).ljust(size, b'\0') for place, size in parts
        )

    def write(self, number: int, rows: RowArray) -> None:
        """Write rows; they survive the process as soon as this returns.

        :raises OSError: where the disk is full or fails; some may be written then
        """
        data = memoryview(rows.tobytes())
        for place, size in self._parts(number, len(rows)):
            part, data = data[:size], data[size:]
            while part:
                written = os.pwrite(self.descriptor, part, place)
                part, place = part[written:], place + written

    def map(self) -> RowArray:
        """Map the ring, to be read where rows were written."""
        size = self._header_bytes + self._ring * self.row_type.itemsize
        mapped = mmap.mmap(self.descriptor, size, prot=mmap.PROT_READ)
        return np.frombuffer(mapped, self.row_type, self._ring, self._header_bytes)

    def sync(self) -> None:
        """Wait until all that is written is on the disk itself.

        :raises OSError: where the disk fails
        """
        os.fdatasync(self.descriptor)

    def close(self) -> None:
        """Close the file; the map stays as long as its rows are used."""
        os.close(self.descriptor)

    def _parts(self, number: int, count: int) -> list[tuple[int, int]]:
        """Give place and size [bytes] of rows, in two parts where they wrap around."""
        size = self.row_type.itemsize
        row = number % self._ring
        first = min(count, self._ring - row)
        parts = [(self._header_bytes + row * size, first * size)]
        if count > first:
            parts.append((self._header_bytes, (count - first) * size))
        return parts
