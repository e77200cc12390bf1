# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Finds out what a replay directory holds whole; changes nothing.

Every row that may count is read and compared with the checksum of its record. After a kill all is
whole up to the last record. After a power cut the newest rows may be missing: the end is cut off,
rows and sessions alike, back to the last record that is whole. What is damaged before that is left
out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
import zlib

import numpy as np
from numpy.typing import NDArray
from sac_learner.replay_files.journal import account_of, accounts_of, parse, RECORD, RecordArray
from sac_learner.replay_files.layout import (
    BLOCK_ROWS,
    HEADER_BYTES,
    JOURNAL_FILE,
    ReplayLayout,
    ROWS_FILE,
)
from sac_learner.replay_files.row_file import RowFile
from sac_learner.sequence_tracker import SessionState

# A journal longer than this, and than twice what is needed of it, is written anew at a start.
SPARE_BYTES = 1_000_000
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class Findings:
    """What is whole in a replay directory.

    :param records: of the journal, in order, up to the last one whose rows are whole
    :param accounts: of all sessions, as of these records
    :param first: number of the oldest row that may count
    :param total: rows ever stored
    :param whole: bool, (total - first,): which of these rows are whole
    :param cut: rows at the end, beyond `total`, that were recorded and are not whole
    :param damaged_before: rows found damaged and dropped at earlier starts
    :param end: where the last whole record ends [bytes behind the header]
    :param in_order: the journal has no gap and nothing that is not needed
    """

    records: RecordArray
    accounts: dict[int, SessionState]
    first: int
    total: int
    whole: NDArray[np.bool_]
    cut: int
    damaged_before: int
    end: int
    in_order: bool

    @property
    def damaged(self) -> int:
        """Rows found damaged now, not counting those that were cut off."""
        return int(len(self.whole) - self.whole.sum())

    @property
    def needs_mending(self) -> bool:
        """Whether the files must be changed before they can be used."""
        return not self.in_order or bool(self.cut) or bool(self.damaged)


def examine(directory: Path, layout: ReplayLayout) -> Findings:
    """Read a replay directory.

    :raises OSError: where the files are not there or the disk fails
    """
    data = (directory / JOURNAL_FILE).read_bytes()[HEADER_BYTES:]
    records, end = parse(data)
    totals = records['total'].astype(np.int64)
    starts = totals - records['count']
    highest = int(np.max(totals, initial=0))
    # Rows of a batch that was never recorded may lie over older ones.
    readable = (records['count'] > 0) & (starts >= highest - layout.ring + BLOCK_ROWS)
    good = readable & _good(directory, layout, records, readable)

    total = int(totals[good].max()) if good.any() else int(starts[readable].min(initial=highest))
    kept = totals <= total
    beginning = int(starts[0]) if len(records) else 0
    first = min(max(beginning, highest - layout.capacity), total)
    whole = np.zeros(total - first, bool)
    for start, stop in zip(starts[good & kept], totals[good & kept], strict=True):
        whole[max(start - first, 0) : max(stop - first, 0)] = True

    accounts = accounts_of(records[kept])
    for record in records[~kept]:
        # The rows are gone, but the session is known: what its actor no longer has is then
        # counted as lost.
        account = account_of(record)
        count = int(record['count'])
        known = replace(
            account,
            next_sequence=account.next_sequence - count,
            stored=account.stored - count,
        )
        accounts.setdefault(account.session, known)
    needed = RECORD.itemsize * int((totals > first).sum())
    return Findings(
        records=records[kept],
        accounts=accounts,
        first=first,
        total=total,
        whole=whole,
        cut=highest - total,
        damaged_before=int(records['damaged'].max(initial=0)),
        end=end,
        in_order=end == len(records) * RECORD.itemsize and end <= 2 * needed + SPARE_BYTES,
    )


def _good(
    directory: Path, layout: ReplayLayout, records: RecordArray, readable: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Say of each readable record whether its rows are as they were when it was written."""
    good = np.zeros(len(records), bool)
    path = directory / ROWS_FILE
    if not path.exists():
        return good
    file = RowFile(
        path, layout.row_type, ring=layout.ring, header_bytes=HEADER_BYTES, writable=False
    )
    size = layout.row_type.itemsize
    fields = records[['total', 'count', 'rows_crc']].tolist()
    first, stop, data = 0, 0, memoryview(b'')
    try:
        for index in np.flatnonzero(readable).tolist():
            total, count, checksum = fields[index]
            start = total - count
            if start < first or total > stop:
                first, stop = start, start + max(count, _ROWS_AT_ONCE)
                try:
                    data = memoryview(file.read(first, stop - first))
                except OSError:  # the disk cannot read them any more: at least some of these
                    first = stop = 0
                    good[index] = _reads_as(file, start, count, checksum)
                    continue
            rows = data[(start - first) * size : (total - first) * size]
            good[index] = zlib.crc32(rows) == checksum
    finally:
        file.close()
    return good


def _reads_as(file: RowFile, start: int, count: int, checksum: int) -> bool:
    try:
        return zlib.crc32(file.read(start, count)) == checksum
    except OSError:
        return False
