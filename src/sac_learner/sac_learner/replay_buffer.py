# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The replay buffer: the newest transitions up to a capacity, sampled uniformly."""

from __future__ import annotations

from dataclasses import dataclass
import threading

import numpy as np
from numpy.typing import NDArray
from sac_learner.batch import Batch

FloatArray = NDArray[np.float32]
FlagArray = NDArray[np.uint8]


@dataclass(frozen=True)
class ReplayStorage:
    """Where the transitions lie: arrays of equal length, given to the buffer by whoever allocates.

    :param observations: float32, (capacity, observation_dim).
    :param actions: float32, (capacity, action_dim), in [-1, 1].
    :param rewards: float32, (capacity,).
    :param next_observations: float32, (capacity, observation_dim).
    :param terminated: uint8, (capacity,): 1 where the return ends with the transition.
    :param truncated: uint8, (capacity,): 1 where an episode was cut short, kept as a record.
    :raises ValueError: where types or shapes do not fit together.
    """

    observations: FloatArray
    actions: FloatArray
    rewards: FloatArray
    next_observations: FloatArray
    terminated: FlagArray
    truncated: FlagArray

    def __post_init__(self) -> None:
        if self.observations.ndim != 2 or self.actions.ndim != 2:
            raise ValueError(
                'observations and actions must be matrices, got shapes '
                f'{self.observations.shape} and {self.actions.shape}'
            )
        for name, (dtype, row_shape) in _row_layout(*self.dims).items():
            array = getattr(self, name)
            shape = (self.capacity, *row_shape)
            if array.dtype != dtype or array.shape != shape or not array.flags.c_contiguous:
                raise ValueError(
                    f'{name} must be contiguous {dtype.__name__} of shape {shape}, '
                    f'got {array.dtype} of shape {array.shape}'
                )

    @classmethod
    def in_memory(cls, capacity: int, observation_dim: int, action_dim: int) -> ReplayStorage:
        """Allocate zeros, which the system backs with memory only as they are written.

        :param capacity: transitions; 166 bytes each at 17 observations and 6 actions.
        :raises ValueError: for a capacity or dimension below 1.
        """
        for name, value in (
            ('capacity', capacity),
            ('observation_dim', observation_dim),
            ('action_dim', action_dim),
        ):
            if value < 1:
                raise ValueError(f'{name} must be at least 1, got {value}')
        return cls(
            **{
                name: np.zeros((capacity, *row_shape), dtype)
                for name, (dtype, row_shape) in _row_layout(observation_dim, action_dim).items()
            }
        )

    @property
    def capacity(self) -> int:
        """Transitions that fit."""
        return len(self.observations)

    @property
    def dims(self) -> tuple[int, int]:
        """Numbers in an observation and in an action."""
        return self.observations.shape[1], self.actions.shape[1]


@dataclass(frozen=True)
class ReplayState:
    """What a buffer knows beside its storage; plain numbers, which JSON can hold."""

    total_added: int
    rng: dict[str, object]


class ReplayBuffer:
    """A circular store: transition number n, counted from 0, lies in row n % capacity.

    Adding and sampling may happen in different threads; each waits for the other's copy only.

    :param storage: the arrays; rows already there count once `load` says so.
    :param seed: of the sampling.
    """

    def __init__(self, storage: ReplayStorage, *, seed: int) -> None:
        self._storage = storage
        self._rng = np.random.default_rng(seed)
        self._total_added = 0
        self._lock = threading.Lock()
        self._sample_output = Batch.empty(0, *storage.dims)

    @property
    def capacity(self) -> int:
        """Transitions that fit."""
        return self._storage.capacity

    @property
    def total_added(self) -> int:
        """Transitions ever added, overwritten ones included."""
        return self._total_added

    def __len__(self) -> int:
        return min(self._total_added, self.capacity)

    def add_batch(
        self,
        *,
        observations: FloatArray,
        actions: FloatArray,
        rewards: FloatArray,
        next_observations: FloatArray,
        terminated: NDArray[np.generic],
        truncated: NDArray[np.generic],
    ) -> None:
        """Store transitions in order, over the oldest ones when full.

        :param observations: (n, observation_dim).
        :param actions: (n, action_dim), in [-1, 1].
        :param rewards: (n,).
        :param next_observations: (n, observation_dim).
        :param terminated: (n,), zero or not.
        :param truncated: (n,), zero or not.
        :raises ValueError: for a shape that does not fit, naming it; nothing is stored then.
        """
        given = {
            'observations': observations,
            'actions': actions,
            'rewards': rewards,
            'next_observations': next_observations,
            'terminated': terminated != 0,
            'truncated': truncated != 0,
        }
        count = len(rewards)
        for name, (_, row_shape) in _row_layout(*self._storage.dims).items():
            if given[name].shape != (count, *row_shape):
                raise ValueError(
                    f'{name} must have the shape {(count, *row_shape)}, got {given[name].shape}'
                )
        with self._lock:
            # Of a batch larger than the buffer only the end survives.
            skipped = max(0, count - self.capacity)
            start = (self._total_added + skipped) % self.capacity
            before_wrap = min(count - skipped, self.capacity - start)
            for name, rows in given.items():
                kept, stored = rows[skipped:], getattr(self._storage, name)
                stored[start : start + before_wrap] = kept[:before_wrap]
                stored[: len(kept) - before_wrap] = kept[before_wrap:]
            self._total_added += count

    def sample(self, count: int) -> Batch:
        """Draw transitions uniformly, with replacement.

        :return: a batch whose memory the next call with the same count uses again.
        :raises ValueError: when nothing is stored yet.
        """
        if len(self._sample_output) != count:
            self._sample_output = Batch.empty(count, *self._storage.dims)
        output = self._sample_output
        with self._lock:
            if self._total_added == 0:
                raise ValueError('cannot sample from an empty replay buffer')
            rows = self._rng.integers(len(self), size=count)
            for name in ('observations', 'actions', 'rewards', 'next_observations'):
                # 'clip' lets numpy write straight into `out`; the rows are in range.
                np.take(
                    getattr(self._storage, name),
                    rows,
                    axis=0,
                    mode='clip',
                    out=getattr(output, name).numpy(),
                )
            output.terminated.numpy()[:] = self._storage.terminated[rows]
        return output

    def state(self) -> ReplayState:
        """Give what must be saved with the storage to go on from it."""
        with self._lock:
            return ReplayState(self._total_added, dict(self._rng.bit_generator.state))

    def load(self, state: ReplayState) -> None:
        """Go on from a saved state, over a storage with the rows of that time."""
        with self._lock:
            self._total_added = state.total_added
            self._rng.bit_generator.state = state.rng


def _row_layout(
    observation_dim: int, action_dim: int
) -> dict[str, tuple[type[np.generic], tuple[int, ...]]]:
    """Give each field's type and the shape of one of its rows."""
    return {
        'observations': (np.float32, (observation_dim,)),
        'actions': (np.float32, (action_dim,)),
        'rewards': (np.float32, ()),
        'next_observations': (np.float32, (observation_dim,)),
        'terminated': (np.uint8, ()),
        'truncated': (np.uint8, ()),
    }
