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
from sac_learner.next_index import NextIndex
from sac_learner.replay_rows import FloatArray, gather, RowArray
from sac_learner.replay_storage import ReplayStorage
from sac_learner.terminal_returns import TerminalReturns


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
        self._streams = NextIndex(len(storage.rows)) if n_step > 1 else None
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

    def append_recovered(self, count: int) -> RowArray:
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
        """Give what must be saved with the storage to continue from it."""
        with self._lock:
            return ReplayState(self._total_added, dict(self._rng.bit_generator.state))

    def load(self, state: ReplayState) -> None:
        """Continue from a saved state, over a storage with the rows of that time."""
        with self._lock:
            self._total_added = state.total_added
            self._note_found()
            self._rng.bit_generator.state = state.rng
