# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The replay buffer: the newest transitions up to a capacity, sampled uniformly."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields
import threading

import numpy as np
from numpy.typing import NDArray
from sac_learner.batch import Batch
from sac_learner.n_step_return import Drawn, single_steps, sum_steps
from sac_learner.replay_rows import FloatArray, gather, row_type, RowArray
from sac_learner.replay_streams import Streams
from sac_learner.session_ledger import SessionAccount
from sac_learner.terminal_returns import TerminalReturns


@dataclass(frozen=True)
class StoredBatch:
    """A batch that a storage held already when it was opened.

    :param total: transitions ever stored, with those of this batch.
    :param count: transitions of this batch.
    :param learner_steps: high-UTD steps that the learner had done when it stored the batch.
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
        self.accounts: tuple[SessionAccount, ...] = ()
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

    def commit(self, account: SessionAccount, *, learner_steps: int, policy_version: int) -> None:
        """Record that all rows written so far count, and what is known of their session.

        :param account: of the session that the rows written since the last call are from.
        :param learner_steps: high-UTD steps done before they were stored.
        :param policy_version: of the newest policy.
        """

    def saved_sequence(self, account: SessionAccount) -> int:
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


@dataclass(frozen=True)
class ReplayState:
    """What a buffer knows beside its storage; plain numbers, which JSON can hold."""

    total_added: int
    rng: dict[str, object]


class ReplayBuffer:
    """The newest transitions of a storage.

    Adding and sampling may happen in different threads; each waits for the other's copy only.

    :param storage: what it holds already counts once `reveal` or `load` says so.
    :param seed: of the sampling.
    :param n_step: transitions of a stream of which one of a batch is made, see n_step_return.py.
    :param terminal_return_steps: before a termination, see terminal_returns.py; 0: none.
    :param discount: gamma, which matters where one of these sums up rewards.
    """

    def __init__(
        self,
        storage: ReplayStorage,
        *,
        seed: int,
        n_step: int = 1,
        terminal_return_steps: int = 0,
        discount: float = 1.0,
    ) -> None:
        self.storage = storage
        self._n_step = n_step
        self._discount = discount
        self._streams = Streams(len(storage.rows)) if n_step > 1 else None
        self._terminal_returns = (
            TerminalReturns(len(storage.rows), steps=terminal_return_steps, discount=discount)
            if terminal_return_steps
            else None
        )
        # Batches that the storage held already, and that do not count yet.
        notes = self._streams or self._terminal_returns
        self._unnoted = deque(storage.batches_after(storage.first) if notes else ())
        self._rng = np.random.default_rng(seed)
        self._total_added = storage.first
        self._lock = threading.Lock()
        self._sample_output = Batch.empty(0, *storage.dims)
        self._sample_rows: RowArray = storage.rows[:0].copy()

    @property
    def capacity(self) -> int:
        """Transitions that fit."""
        return self.storage.capacity

    @property
    def total_added(self) -> int:
        """Transitions ever added, overwritten ones included."""
        return self._total_added

    def __len__(self) -> int:
        return min(self._total_added - self.storage.first, self.capacity)

    def add_batch(
        self,
        *,
        observations: FloatArray,
        actions: FloatArray,
        rewards: FloatArray,
        next_observations: FloatArray,
        terminated: NDArray[np.generic],
        truncated: NDArray[np.generic],
        intervened: NDArray[np.generic] | None = None,
        filtered: NDArray[np.generic] | None = None,
        session: int = 0,
        sequence: int = 0,
    ) -> None:
        """Store transitions in order, over the oldest ones when full.

        :param observations: (n, observation_dim).
        :param actions: (n, action_dim), in [-1, 1].
        :param rewards: (n,).
        :param next_observations: (n, observation_dim).
        :param terminated: (n,), zero or not, as the other flags.
        :param truncated: (n,).
        :param intervened: (n,); None: all zero.
        :param filtered: (n,); None: all zero.
        :param session: of the actor that they are from, consecutive in its stream.
        :param sequence: number of the first in its session.
        :raises ValueError: for a shape that does not fit, naming it; nothing is stored then.
        """
        count = len(rewards)
        zeros = np.zeros(count, np.uint8)
        given = {
            'observations': observations,
            'actions': actions,
            'rewards': rewards,
            'next_observations': next_observations,
            'terminated': terminated != 0,
            'truncated': truncated != 0,
            'intervened': zeros if intervened is None else intervened != 0,
            'filtered': zeros if filtered is None else filtered != 0,
        }
        rows = np.empty(count, self.storage.rows.dtype)
        for name, values in given.items():
            if values.shape != rows[name].shape:
                raise ValueError(
                    f'{name} must have the shape {rows[name].shape}, got {values.shape}'
                )
            rows[name] = values
        with self._lock:
            self.storage.write(self._total_added, rows)
            self._note(self._total_added, count, session, sequence)
            self._total_added += count

    def _note(self, number: int, count: int, session: int, sequence: int) -> None:
        if not count:
            return
        if self._streams:
            self._streams.add(number, count, session=session, sequence=sequence)
        if self._terminal_returns:
            rows = self.storage.rows
            self._terminal_returns.add(rows, number, count, session=session, sequence=sequence)

    def _note_found(self) -> None:
        """Take note of what the storage held already, as far as it counts by now."""
        while self._unnoted and self._unnoted[0].total <= self._total_added:
            batch = self._unnoted.popleft()
            sequence = batch.next_sequence - batch.count
            self._note(batch.total - batch.count, batch.count, batch.session, sequence)

    def reveal(self, count: int) -> RowArray:
        """Count transitions as added that the storage holds already.

        :return: a copy of them, as far as they are not overwritten by later ones.
        """
        with self._lock:
            number, self._total_added = self._total_added, self._total_added + count
            self._note_found()
            numbers = np.arange(max(number, self.storage.first), number + count)
            return self.storage.rows[numbers % len(self.storage.rows)]

    def sample(self, count: int) -> Batch:
        """Draw transitions uniformly, with replacement.

        :return: a batch whose memory the next call with the same count uses again.
        :raises ValueError: when nothing is stored yet.
        """
        if len(self._sample_output) != count:
            self._sample_output = Batch.empty(count, *self.storage.dims)
        drawn, output = self.draw(count), self._sample_output
        for field in fields(Batch):
            getattr(output, field.name).numpy()[:] = drawn.of_batch(field.name)
        return output

    def draw(self, count: int) -> Drawn:
        """Draw transitions, with what n steps add to them.

        :return: of `count` rows, whose memory the next call with the same count uses again.
        :raises ValueError: when nothing is stored yet.
        """
        if len(self._sample_rows) != count:
            self._sample_rows = np.empty(count, self.storage.rows.dtype)
        with self._lock:
            size = len(self)
            if size < 1:
                raise ValueError('cannot sample from an empty replay buffer')
            rows = self.storage.rows
            numbers = self._rng.integers(size, size=count)
            numbers += self._total_added - size
            gather(rows, numbers % len(rows), self._sample_rows)
            first = numbers.copy()
            if self._streams:
                follow, stop = self._streams.follow, self._total_added
                drawn = sum_steps(
                    self._sample_rows,
                    numbers,
                    n_step=self._n_step,
                    discount=self._discount,
                    follow=lambda of: follow(of, stop),
                    fetch=self._copy,
                )
            else:
                drawn = single_steps(self._sample_rows)
            if self._terminal_returns:
                self._terminal_returns.put_into(drawn, first)
            return drawn

    def rows(self, places: NDArray[np.int64]) -> RowArray:
        """Copy transitions as they are stored.

        :param places: 0 for the oldest, below `len`
        """
        with self._lock:
            return self._copy(places + (self._total_added - len(self)))

    def _copy(self, numbers: NDArray[np.int64]) -> RowArray:
        rows = self.storage.rows
        copies = np.empty(len(numbers), rows.dtype)
        gather(rows, numbers % len(rows), copies)
        return copies

    def state(self) -> ReplayState:
        """Give what must be saved with the storage to go on from it."""
        with self._lock:
            return ReplayState(self._total_added, dict(self._rng.bit_generator.state))

    def load(self, state: ReplayState) -> None:
        """Go on from a saved state, over a storage with the rows of that time."""
        with self._lock:
            self._total_added = state.total_added
            self._note_found()
            self._rng.bit_generator.state = state.rng
