# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""For tests of the replay on disk: rows that tell what they are, a learner that does not train."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sac_core.transitions import TransitionBatch
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_files.disk_storage import DiskStorage
from sac_learner.replay_files.inspection import read_rows
from sac_learner.replay_files.layout import ReplayLayout
from sac_learner.replay_rows import RowArray
from sac_learner.sequence_tracker import SequenceTracker

from .fakes import make_batch

OBSERVATION_DIM, ACTION_DIM = 3, 2


def layout(capacity: int = 1000, **changed: int | str) -> ReplayLayout:
    fields = {'observation_dim': OBSERVATION_DIM, 'action_dim': ACTION_DIM, 'env_id': 'Fake-v0'}
    return ReplayLayout(capacity=capacity, **{**fields, **changed})  # type: ignore[arg-type]


def telling_batch(first: int, count: int, *, session: int = 1, oldest: int = 0) -> TransitionBatch:
    """Rows of which every number follows from their session and sequence number."""
    batch = make_batch(first, count, session=session, oldest=oldest)
    n = np.arange(first, first + count)
    for name, values in _telling(np.full(count, session), n).items():
        getattr(batch.rows, name)[:] = values
    return batch


def _telling(session: NDArray[np.int64], n: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    row = n.astype(np.float32)[:, None]
    return {
        'observations': row + np.array([0.25, 0.5, 0.75], np.float32),
        'actions': np.repeat((row % 7 - 3) / 4, ACTION_DIM, axis=1),
        'rewards': row[:, 0],
        'next_observations': np.repeat(row + session[:, None], OBSERVATION_DIM, axis=1),
        'terminated': n % 3 == 0,
        'truncated': n % 5 == 0,
        'intervened': n % 7 == 0,
        'filtered': n % 2 == 0,
    }


def identify(rows: RowArray) -> list[tuple[int, int]]:
    """Give session and sequence number of rows, after checking that each is whole."""
    n = rows['rewards'].astype(np.int64)
    session = (rows['next_observations'][:, 0] - rows['rewards']).astype(np.int64)
    for name, values in _telling(session, n).items():
        assert np.array_equal(rows[name], values), f'{name} of a row is torn'
    return list(zip(session.tolist(), n.tolist(), strict=True))


class DiskLearner:
    """What a learner does with what arrives, without training."""

    def __init__(
        self,
        directory: Path,
        capacity: int = 1000,
        *,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.warnings: list[str] = []
        self.storage = DiskStorage(
            directory, layout(capacity), sync_period=60.0, warn=self.warnings.append, clock=clock
        )
        self.replay = ReplayBuffer(self.storage, seed=0)
        self.replay.append_recovered(self.storage.total - self.storage.first)
        self.sequences = SequenceTracker()
        self.sequences.load(self.storage.accounts)

    def store(self, first: int, count: int, *, session: int = 1, oldest: int = 0) -> int:
        """Store what is new and record it; return what is then acknowledged."""
        batch = telling_batch(first, count, session=session, oldest=oldest)
        rows = batch.rows[self.sequences.filter_new(batch)]
        if len(rows):
            given = {name: getattr(rows, name) for name in self.storage.rows.dtype.names or ()}
            self.replay.add_batch(**given)
            account = self.sequences.account(session)
            self.storage.commit(account, learner_steps=first, policy_version=first // 10)
        return self.storage.saved_sequence(self.sequences.account(session))

    def rows(self) -> RowArray:
        """Copy all rows that can be drawn, the oldest first."""
        numbers = np.arange(self.replay.total_added - len(self.replay), self.replay.total_added)
        rows: RowArray = self.storage.rows[numbers % len(self.storage.rows)]
        return rows

    def close(self) -> None:
        self.storage.close()


def rows_on_disk(directory: Path) -> list[tuple[int, int]]:
    """Identify all rows that a replay directory holds."""
    return [each for rows in read_rows(directory) for each in identify(rows)]
