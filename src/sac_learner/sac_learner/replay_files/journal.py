# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The journal of a replay: one record for each batch that was stored, written after its rows.

A record says which rows it stands for, with their checksum, and what is then known of the actor
session they came from. What no whole record stands for does not count. Records are only ever
appended, so that whatever was on its way at a kill or a power cut lies at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
import os
from typing import Any
import zlib

import numpy as np
from numpy.typing import NDArray
from sac_learner.sequence_tracker import COUNTERS, SessionState

RecordArray = NDArray[np.void]  # of RECORD
# Of a session: where it stands after this record. Of the learner: what it had done before it.
RECORD = np.dtype(
    [
        ('total', '<u8'),  # rows ever stored, with those of this record
        ('count', '<u4'),  # rows of this record; 0: it only tells of the session
        ('rows_crc', '<u4'),  # CRC-32 of these rows
        ('learner_steps', '<u8'),
        ('policy_version', '<u8'),
        ('damaged', '<u8'),  # rows ever found damaged and dropped
        ('session', '<u8'),
        ('next_sequence', '<u8'),
        *((name, '<u8') for name in COUNTERS),
        ('version', '<u4'),  # never 0, so that zeros are no record
        ('crc', '<u4'),  # CRC-32 of all that stands before it
    ]
)
_VERSION = 1
_CHECKED = RECORD.itemsize - 4


def make_record(account: SessionState, **numbers: int) -> RecordArray:
    """Make a record.

    :param numbers: total, count, rows_crc, learner_steps, policy_version, damaged
    :return: (1,)
    """
    record = np.zeros(1, RECORD)
    for name, value in {**vars(account), **numbers, 'version': _VERSION}.items():
        record[name] = value
    return seal(record)


def seal(records: RecordArray) -> RecordArray:
    """Set the checksums of records whose fields were changed."""
    for index, data in enumerate(_split(records)):
        records['crc'][index] = zlib.crc32(data[:_CHECKED])
    return records


def parse(data: bytes) -> tuple[RecordArray, int]:
    """Read records.

    :return: those that are whole, and where the last of them ends [bytes]
    """
    records = np.frombuffer(data, RECORD, count=len(data) // RECORD.itemsize)
    checksums = [zlib.crc32(part[:_CHECKED]) for part in _split(records)]
    whole = (records['crc'] == np.array(checksums, np.uint32)) & (records['version'] == _VERSION)
    end = int(np.flatnonzero(whole)[-1]) + 1 if whole.any() else 0
    return records[whole], end * RECORD.itemsize


def account_of(record: Any) -> SessionState:
    """Read what a record tells of its session."""
    names = ('session', 'next_sequence', *COUNTERS)
    return SessionState(**{name: int(record[name]) for name in names})


def accounts_of(records: RecordArray) -> dict[int, SessionState]:
    """Read what records tell of each session, the last one of a session being right."""
    newest = {int(session): index for index, session in enumerate(records['session'])}
    return {session: account_of(records[index]) for session, index in newest.items()}


class JournalFile:
    """Appends records to a journal.

    :param end: where the last whole record ends [bytes]
    :raises OSError: where it cannot be opened
    """

    def __init__(self, path: os.PathLike[str], end: int) -> None:
        self.descriptor = os.open(path, os.O_RDWR)
        self._end = end
        os.ftruncate(self.descriptor, end)

    def append(self, records: Iterable[RecordArray]) -> None:
        """Append records.

        :raises OSError: where they cannot be written; the next ones take their place
        """
        data = b''.join(record.tobytes() for record in records)
        written = 0
        while written < len(data):
            written += os.pwrite(self.descriptor, data[written:], self._end + written)
        self._end += len(data)

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)


def _split(records: RecordArray) -> list[memoryview]:
    data = memoryview(records.tobytes())
    size = RECORD.itemsize
    return [data[start : start + size] for start in range(0, len(data), size)]
