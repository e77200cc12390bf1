# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Brings a replay directory in order: rows that are whole side by side, and a journal of them.

The place of a damaged row is taken by the oldest whole one. The new journal takes the place of the
old one at once; whenever the process is killed before, the old one still tells what was found.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import zlib

import numpy as np
from numpy.typing import NDArray
from sac_core.durable_file import write_file
from sac_learner.replay_files.journal import (
    accounts_of,
    make_record,
    RecordArray,
    seal,
)
from sac_learner.replay_files.layout import BLOCK_ROWS, JOURNAL_FILE, ReplayLayout
from sac_learner.replay_files.row_file import RowFile
from sac_learner.replay_files.scan import Findings
from sac_learner.sequence_tracker import FORGOTTEN, SessionState


def repair(directory: Path, layout: ReplayLayout, rows: RowFile, findings: Findings) -> None:
    """Move rows out of the oldest places into those of damaged ones, and write a new journal.

    :raises OSError: where it cannot be written; the directory holds then what it held before
    """
    first = findings.total - int(findings.whole.sum())
    _fill_holes(rows, findings, first)
    rows.sync()
    records = list(_new_records(rows, findings, first))
    data = b''.join(record.tobytes() for record in records)
    write_file(directory / JOURNAL_FILE, layout.header(JOURNAL_FILE) + data)


def _fill_holes(rows: RowFile, findings: Findings, first: int) -> None:
    numbers = np.arange(findings.first, findings.total)
    sources = numbers[findings.whole & (numbers < first)]
    holes = numbers[~findings.whole & (numbers >= first)]
    for source, hole in _runs(sources, holes):
        data = rows.read(int(source[0]), len(source))
        rows.write(int(hole[0]), np.frombuffer(data, rows.row_type))


def _runs(
    a: NDArray[np.int64], b: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Split two lists of numbers where either is not consecutive, or too long."""
    breaks = np.flatnonzero((np.diff(a) != 1) | (np.diff(b) != 1)) + 1
    for part_a, part_b in zip(np.split(a, breaks), np.split(b, breaks), strict=True):
        for start in range(0, len(part_a), BLOCK_ROWS):
            yield part_a[start : start + BLOCK_ROWS], part_b[start : start + BLOCK_ROWS]


def _new_records(rows: RowFile, findings: Findings, first: int) -> Iterator[RecordArray]:
    """Tell of all sessions as they stood before the first row, then go through the rows."""
    old = findings.records[findings.records['total'] <= first]
    accounts = accounts_of(old)
    # A session of which nothing is kept but its name.
    later = set(findings.records['session'].tolist())
    accounts |= {
        number: account for number, account in findings.accounts.items() if number not in later
    }
    accounts.setdefault(FORGOTTEN, SessionState(FORGOTTEN))
    last = old[-1] if len(old) else np.zeros(1, old.dtype)[0]
    numbers = {
        'learner_steps': int(last['learner_steps']),
        'policy_version': int(last['policy_version']),
        'damaged': findings.damaged_before + findings.damaged,
    }
    for account in accounts.values():
        yield make_record(account, total=first, **numbers)
    number = first
    for record in findings.records[findings.records['total'] > first]:
        start = int(record['total']) - int(record['count'])
        yield from _fillers(rows, number, start, accounts[FORGOTTEN], numbers)
        kept = record.reshape(1).copy()
        number = max(number, start)
        kept['count'] = int(record['total']) - number
        kept['rows_crc'] = zlib.crc32(rows.read(number, int(kept['count'][0])))
        yield seal(kept)
        number = int(record['total'])
    yield from _fillers(rows, number, findings.total, accounts[FORGOTTEN], numbers)


def _fillers(
    rows: RowFile, start: int, stop: int, nobody: SessionState, numbers: dict[str, int]
) -> Iterator[RecordArray]:
    """Tell of rows, moved to where a record is missing, whose session is not known any more."""
    while start < stop:
        count = min(BLOCK_ROWS, stop - start)
        start += count
        checksum = zlib.crc32(rows.read(start - count, count))
        yield make_record(nobody, total=start, count=count, rows_crc=checksum, **numbers)
