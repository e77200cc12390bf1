# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Writes curves into a file that TensorBoard reads; each start begins a new one.

Such a file is a row of records (tensorflow/core/lib/io/record_writer.h), each a protocol buffer
of type Event (tensorflow/core/util/event.proto and framework/summary.proto). Of these, six fields
are needed. The packages that write them bring torch or a web server into this process.
"""

from __future__ import annotations

from collections.abc import Iterable
import os
from pathlib import Path
import struct
import time
from typing import BinaryIO

from sac_monitor.curves import Point

_FORMAT = 'brain.Event:2'
_POLYNOMIAL = 0x82F63B78  # of CRC-32C, reversed (RFC 3720, appendix B.4)
_FIXED64, _BYTES, _FIXED32 = 1, 2, 5  # wire types of protocol buffers; 0 is a varint


class TensorBoardFile:
    """A `CurveWriter`. Each write is in the file when it returns."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._described: set[str] = set()  # curves whose meaning the file has told

    def begin(self, run_dir: Path) -> None:
        """Begin a file.

        :raises OSError: where that fails
        """
        now = time.time()
        # TensorBoard reads the files of a directory in the order of their names, as one run.
        path = run_dir / f'events.out.tfevents.{int(now):010d}.{os.getpid()}'
        self._file = path.open('ab', buffering=0)
        self._append(_double(1, now) + _text(3, _FORMAT))

    def write(self, points: Iterable[Point], *, env_steps: int, time: float) -> None:
        """Add points, at one step and time."""
        summary = b''.join(_message(1, self._value(each)) for each in points)
        self._append(_double(1, time) + _integer(2, env_steps) + _message(5, summary))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _value(self, point: Point) -> bytes:
        curve = point.curve
        value = _text(1, curve.name) + _key(2, _FIXED32) + struct.pack('<f', point.value)
        if curve.name not in self._described:
            self._described.add(curve.name)
            value += _message(9, _text(3, curve.about))
        return value

    def _append(self, event: bytes) -> None:
        length = struct.pack('<Q', len(event))
        record = length + _checksum(length) + event + _checksum(event)
        if self._file is not None:
            self._file.write(record)  # at once: a killed monitor leaves no half of a record


# Fields of a protocol buffer (protobuf.dev/programming-guides/encoding).


def _key(field: int, wire_type: int) -> bytes:
    return _varint(field << 3 | wire_type)


def _integer(field: int, value: int) -> bytes:
    return _key(field, 0) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _key(field, _FIXED64) + struct.pack('<d', value)


def _message(field: int, content: bytes) -> bytes:
    return _key(field, _BYTES) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode())


def _varint(value: int) -> bytes:
    groups = []
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])


def _table_entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = [_table_entry(byte) for byte in range(256)]


def crc32c(data: bytes) -> int:
    """Compute the checksum CRC-32C (RFC 3720)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _checksum(data: bytes) -> bytes:
    """Mask a checksum as these records want it: a CRC over data that holds CRCs is a weak one."""
    crc = crc32c(data)
    return struct.pack('<I', ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
