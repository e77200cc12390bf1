# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A storage of the replay buffer whose rows are in files, written before they are acknowledged.

Each batch is written to the ring of rows and then recorded in the journal, by system calls: what
these have taken survives the process. Where the disk takes no more, rows and records wait in
memory, count for the training, and are not acknowledged until the disk has taken them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import fields
import fcntl
import os
from pathlib import Path
import time
import zlib

import numpy as np
from sac_core.durable_file import write_file
from sac_learner.replay_files.journal import JournalFile, make_record, RecordArray
from sac_learner.replay_files.layout import (
    BLOCK_ROWS,
    DamagedReplayError,
    has_replay,
    HEADER_BYTES,
    JOURNAL_FILE,
    read_layout,
    ReplayLayout,
    ROWS_FILE,
)
from sac_learner.replay_files.repair import repair
from sac_learner.replay_files.row_file import RowFile
from sac_learner.replay_files.scan import examine, Findings
from sac_learner.replay_files.sync_thread import SyncThread
from sac_learner.replay_rows import RowArray
from sac_learner.replay_storage import ReplayStorage, StoredBatch
from sac_learner.sequence_tracker import SessionState

_RETRY_PERIOD = 1.0  # [s] between two attempts to write to a disk that took no more
_LOCK_FILE = 'lock'
_OF_BATCH = [field.name for field in fields(StoredBatch)]


class DiskStorage(ReplayStorage):
    """The files of one replay directory, open for one learner. Used by one thread.

    :param directory: made where it is missing
    :param start: number of the first row, where there is no replay yet
    :param accounts: of the sessions that are known then
    :param warn: takes a line about what was found damaged
    :raises ValueError: for a replay of another layout, naming the fields; one that is in use; and
        a directory that cannot be written
    """

    def __init__(
        self,
        directory: Path,
        layout: ReplayLayout,
        *,
        sync_period: float,
        warn: Callable[[str], None],
        start: int = 0,
        accounts: tuple[SessionState, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        with ExitStack() as undo:
            try:
                directory.mkdir(parents=True, exist_ok=True)
                self._lock = _lock(directory)
                undo.callback(os.close, self._lock)
                if not has_replay(directory):
                    _begin(directory, layout, start, accounts)
                self._open(directory, layout, warn)
            except OSError as error:
                reason = error.strerror or error
                raise ValueError(f'replay_dir {directory} cannot be used: {reason}') from error
            undo.pop_all()
        self._clock = clock
        self._unsaved: deque[RecordArray] = deque()
        self._told: dict[int, tuple[SessionState, int]] = {}  # as in the last record of each
        self._held: dict[int, int] = {}  # session: first row of it that is not saved
        self._next_retry = 0.0
        self._uncommitted: list[RowArray] = []
        self._recorded = self.total  # rows, with those whose records wait in memory
        self._full = ''
        self._syncing = SyncThread(sync_period, self._sync)

    def _open(self, directory: Path, layout: ReplayLayout, warn: Callable[[str], None]) -> None:
        found, without_header = read_layout(directory)
        if difference := found.difference(layout):
            raise ValueError(f'replay_dir {directory} is of another run: {difference}')
        if JOURNAL_FILE in without_header and not (directory / JOURNAL_FILE).exists():
            raise DamagedReplayError(
                f'replay_dir {directory}: {JOURNAL_FILE} is missing, which would tell'
                f' which rows of {ROWS_FILE} count; move the directory away to begin without them'
            )
        findings = examine(directory, layout)
        for line in _warnings(findings, without_header):
            warn(f'{directory}: {line}')
        self._rows_file = RowFile(
            directory / ROWS_FILE, layout.row_type, ring=layout.ring, header_bytes=HEADER_BYTES
        )
        self._rows_file.write_header(layout.header(ROWS_FILE))
        if findings.needs_mending or JOURNAL_FILE in without_header:
            repair(directory, layout, self._rows_file, findings)
            findings = examine(directory, layout)
        self._journal = JournalFile(directory / JOURNAL_FILE, HEADER_BYTES + findings.end)
        self._mapped = self._rows_file.map()
        super().__init__(self._mapped, capacity=layout.capacity, first=findings.first)
        self.total = findings.total
        self.damaged = findings.damaged_before
        self.accounts = tuple(findings.accounts.values())
        self.policy_version = int(findings.records['policy_version'].max(initial=0))
        self._found = findings.records[findings.records['count'] > 0]

    def batches_after(self, total: int) -> list[StoredBatch]:
        """List the batches that the files held when they were opened, beyond a number of rows."""
        later = self._found[self._found['total'] > total]
        return [StoredBatch(*numbers) for numbers in later[_OF_BATCH].tolist()]

    # What the replay buffer and the learner call.

    def write(self, number: int, rows: RowArray) -> None:
        """Write rows; they count for a later learner once `commit` recorded them.

        :raises ValueError: for more than BLOCK_ROWS
        """
        if sum(map(len, self._uncommitted), len(rows)) > BLOCK_ROWS:
            raise ValueError(f'at most {BLOCK_ROWS} rows may be written before a commit')
        if not self._full:
            try:
                self._rows_file.write(number, rows)
            except OSError as error:
                self._note_full(error)
        if self._full:
            super().write(number, rows)
        self._uncommitted.append(rows)

    def commit(self, account: SessionState, *, learner_steps: int, policy_version: int) -> None:
        """Record the rows written since the last call, all of one session."""
        count = sum(len(rows) for rows in self._uncommitted)
        told = (account, policy_version)
        if not count and self._told.get(account.session) == told:
            return
        self._told[account.session] = told
        checksum = 0
        for rows in self._uncommitted:
            checksum = zlib.crc32(rows.tobytes(), checksum)
        self._uncommitted.clear()
        self._recorded += count
        record = make_record(
            account,
            total=self._recorded,
            count=count,
            rows_crc=checksum,
            learner_steps=learner_steps,
            policy_version=policy_version,
            damaged=self.damaged,
        )
        if not self._full:
            try:
                self._journal.append([record])
            except OSError as error:
                self._note_full(error)
            else:
                self._syncing.note_written()
                return
        self._unsaved.append(record)
        self._held.setdefault(account.session, account.next_sequence - count)

    def retry(self) -> list[int]:
        """Try again, now and then, to save what waits in memory.

        :return: sessions of which rows were saved
        """
        if not self._full or self._clock() < self._next_retry:
            return []
        self._next_retry = self._clock() + _RETRY_PERIOD
        saved = []
        try:
            while self._unsaved:
                self._save(self._unsaved[0])
                saved.append(int(self._unsaved.popleft()['session'][0]))
        except OSError as error:
            self._note_full(error)
        else:
            self._full = ''
            self.rows = self._mapped
        self._held.clear()
        for record in self._unsaved:
            first = int(record['next_sequence'][0]) - int(record['count'][0])
            self._held.setdefault(int(record['session'][0]), first)
        self._syncing.note_written()
        return sorted(set(saved))

    def _save(self, record: RecordArray) -> None:
        """Save one batch, so that never more than one is written and not recorded."""
        number, left = int(record['total'][0]) - int(record['count'][0]), int(record['count'][0])
        overwritten = number < self._recorded - len(self.rows)  # by newer ones, also in memory
        while left and not overwritten:
            part = self.view(number, left)
            self._rows_file.write(number, part)
            number, left = number + len(part), left - len(part)
        self._journal.append([record])

    def saved_sequence(self, account: SessionState) -> int:
        """First sequence number of a session that would not survive the process."""
        return self._held.get(account.session, account.next_sequence)

    @property
    def unsaved(self) -> int:
        """Rows that the disk has not taken."""
        return sum(int(record['count'][0]) for record in self._unsaved)

    @property
    def problem(self) -> str:
        """Why the disk takes no more, or does not keep what it took; empty where all is well."""
        return self._full or self._syncing.problem

    def close(self) -> None:
        """Wait until all is on the disk itself, and close the files."""
        self._next_retry = 0.0
        self.retry()
        self._syncing.close()
        for close in (self._rows_file.close, self._journal.close):
            close()
        os.close(self._lock)

    def _copy_into_memory(self) -> None:
        """Put all rows where more can be added: for once, they take memory twice."""
        rows = ReplayStorage(
            np.zeros(len(self._mapped), self._mapped.dtype), capacity=self.capacity
        )
        stop = self._recorded + sum(map(len, self._uncommitted))
        number = max(self.first, stop - len(self.rows))
        while number < stop:
            part = self.view(number, stop - number)
            rows.write(number, part)
            number += len(part)
        self.rows = rows.rows

    def _sync(self) -> None:
        # Rows first: a record that is on the disk without its rows would be cut off.
        self._rows_file.sync()
        os.fdatasync(self._journal.descriptor)

    def _note_full(self, error: OSError) -> None:
        if self.rows is self._mapped:
            self._copy_into_memory()
        self._full = error.strerror or str(error)
        self._next_retry = self._clock() + _RETRY_PERIOD


def _lock(directory: Path) -> int:
    """Take the lock of a directory; the system frees it when the process ends, however it does."""
    descriptor = os.open(directory / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise ValueError(f'replay_dir {directory} is in use by another learner') from None
    return descriptor


def _begin(
    directory: Path, layout: ReplayLayout, start: int, accounts: tuple[SessionState, ...]
) -> None:
    records = [make_record(account, total=start) for account in accounts or (SessionState(0),)]
    data = b''.join(record.tobytes() for record in records)
    write_file(directory / JOURNAL_FILE, layout.header(JOURNAL_FILE) + data)


def _warnings(findings: Findings, without_header: list[str]) -> Iterator[str]:
    """Return what is wrong with a replay directory, and what becomes of it."""
    if findings.total or findings.cut:
        for name in without_header:
            yield f'the header of {name} was missing or damaged and is made anew'
    if findings.damaged:
        yield f'{findings.damaged} transitions are damaged and left out'
    if findings.cut:
        yield f'the newest {findings.cut} transitions are not whole on the disk and are cut off'
