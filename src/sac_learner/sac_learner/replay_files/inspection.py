# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tells what a replay directory holds, without a learner, and without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sac_learner.replay_files.layout import HEADER_BYTES, read_layout, ReplayLayout, ROWS_FILE
from sac_learner.replay_files.row_file import RowFile
from sac_learner.replay_files.scan import examine
from sac_learner.replay_rows import RowArray
from sac_learner.sequence_tracker import FORGOTTEN, SessionState


@dataclass(frozen=True)
class ReplayReport:
    """What is in a replay directory.

    :param total: transitions ever stored
    :param rows: of these, the whole ones that are still there
    :param damaged: transitions found damaged and left out, now and at earlier starts
    :param cut: newest transitions that were recorded and are not whole: a learner cuts them off
    :param sessions: of each actor session; number FORGOTTEN stands for those beyond the limit
    """

    directory: Path
    layout: ReplayLayout
    total: int
    rows: int
    damaged: int
    cut: int
    sessions: tuple[SessionState, ...]

    @property
    def duplicates(self) -> int:
        """Rows that came again, and were stored once."""
        return sum(session.duplicates for session in self.sessions)

    @property
    def lost(self) -> int:
        """Rows that their actors dropped before they arrived."""
        return sum(session.lost for session in self.sessions)


def inspect_replay(directory: Path) -> ReplayReport:
    """Read a replay directory and verify every row. A learner may be using it meanwhile.

    :raises OSError: where there is none
    :raises ValueError: where it is damaged beyond reading
    """
    layout, _ = read_layout(directory)
    findings = examine(directory, layout)
    return ReplayReport(
        directory=directory,
        layout=layout,
        total=findings.total,
        rows=int(findings.whole.sum()),
        damaged=findings.damaged_before + findings.damaged,
        cut=findings.cut,
        sessions=tuple(a for a in findings.accounts.values() if a != SessionState(FORGOTTEN)),
    )


def read_rows(directory: Path, *, chunk: int = 65_536) -> Iterator[RowArray]:
    """Read all rows that are whole, the oldest first, in chunks of at most so many.

    :raises OSError: where there is no replay
    :raises ValueError: where it is damaged beyond reading
    """
    layout, _ = read_layout(directory)
    findings = examine(directory, layout)
    file = RowFile(
        directory / ROWS_FILE,
        layout.row_type,
        ring=layout.ring,
        header_bytes=HEADER_BYTES,
        writable=False,
    )
    try:
        for start in range(0, len(findings.whole), chunk):
            whole = findings.whole[start : start + chunk]
            data = file.read(findings.first + start, len(whole))
            rows: RowArray = np.frombuffer(data, layout.row_type)[whole]
            yield rows
    finally:
        file.close()
