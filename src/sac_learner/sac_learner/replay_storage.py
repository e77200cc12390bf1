# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Where the transitions of a replay buffer lie: a ring of rows, in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sac_learner.replay_rows import row_type, RowArray
from sac_learner.sequence_tracker import SessionState


@dataclass(frozen=True)
class StoredBatch:
    """A batch that a storage held already when it was opened.

    :param total: transitions ever stored, with those of this batch.
    :param count: transitions of this batch.
    :param learner_steps: learner steps that the learner had done when it stored the batch.
    :param session: of the actor that it is from.
    :param next_sequence: of its session, after it.
    """

    total: int
    count: int
    learner_steps: int
    session: int
    next_sequence: int


class ReplayStorage:
    """Where the transitions lie: a ring of rows; number n, counted from 0, is in row n % ring.

    A storage in memory; `DiskStorage` has more to say and to do where this one says that all is
    well and does nothing.

    :param rows: the ring, of `row_type`, at least `capacity` long; a full disk may replace it.
    :param first: number of the oldest transition that it holds.
    :ivar total: transitions that it held when it was opened, overwritten ones included.
    :ivar damaged: transitions found damaged and left out, at any time.
    :ivar accounts: of the actor sessions, when it was opened.
    :ivar policy_version: of the newest policy when the last transition was stored.
    """

    def __init__(self, rows: RowArray, *, capacity: int, first: int = 0) -> None:
        self.rows = rows
        self.capacity = capacity
        self.first = first
        self.total = first
        self.damaged = 0
        self.accounts: tuple[SessionState, ...] = ()
        self.policy_version = 0

    @classmethod
    def in_memory(
        cls, capacity: int, observation_dim: int, action_dim: int, *, first: int = 0
    ) -> ReplayStorage:
        """Allocate zeros, which the system backs with memory only as they are written.

        :param capacity: transitions that fit.
        :param first: number of the first transition that will be written.
        :raises ValueError: for a capacity or dimension below 1.
        """
        if capacity < 1:
            raise ValueError(f'capacity must be at least 1, got {capacity}')
        rows = np.zeros(capacity, row_type(observation_dim, action_dim))
        return cls(rows, capacity=capacity, first=first)

    @property
    def dims(self) -> tuple[int, int]:
        """Numbers in an observation and in an action."""
        kind = self.rows.dtype
        return kind['observations'].shape[0], kind['actions'].shape[0]

    def write(self, number: int, rows: RowArray) -> None:
        """Write consecutive transitions, over older ones where they are in the way."""
        skipped = max(0, len(rows) - len(self.rows))  # only the end of so many would survive
        number, rows = number + skipped, rows[skipped:]
        while len(rows):
            place = self.view(number, len(rows))
            place[:] = rows[: len(place)]
            number, rows = number + len(place), rows[len(place) :]

    def view(self, number: int, limit: int) -> RowArray:
        """View transitions from a number on, as many as lie side by side and at most `limit`."""
        row = number % len(self.rows)
        return self.rows[row : row + limit]

    def commit(self, account: SessionState, *, learner_steps: int, policy_version: int) -> None:
        """Record that all rows written so far count, and what is known of their session.

        :param account: of the session that the rows written since the last call are from.
        :param learner_steps: learner steps done before they were stored.
        :param policy_version: of the newest policy.
        """

    def saved_sequence(self, account: SessionState) -> int:
        """First sequence number of a session that is not where it should be kept."""
        return account.next_sequence

    @property
    def unsaved(self) -> int:
        """Transitions that are not where they should be kept."""
        return 0

    @property
    def problem(self) -> str:
        """Why, in a few words; empty where all is well."""
        return ''

    def retry(self) -> list[int]:
        """Try to save what is unsaved, if it is time; give the sessions of which some was."""
        return []

    def batches_after(self, total: int) -> list[StoredBatch]:
        """List the batches that it held when it was opened, beyond a number of transitions."""
        return []

    def close(self) -> None:
        """Close files, where there are any."""
