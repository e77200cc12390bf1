# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Layout of transitions between the processes: consecutive rows, one array per field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sac_core.arrays import ByteArray, CountArray, FloatArray
from sac_core.spaces import LARGEST_NUMBER

# Executed actions are scaled to [-1, 1] in float32, which can round past the bound.
ACTION_BOUND = 1.0 + 1e-5


@dataclass(frozen=True, eq=False)
class Transitions:
    """Rows of one actor session, as they are sent and stored.

    :param observations: (n, observation_dim)
    :param actions: (n, action_dim), executed action scaled to [-1, 1]
    :param rewards: (n,)
    :param next_observations: (n, observation_dim), the true last one where an episode ends
    :param terminated: (n,) 0 or 1, cuts the return
    :param truncated: (n,) 0 or 1, does not cut it
    :param intervened: (n,) 0 or 1, a human chose the action
    :param filtered: (n,) 0 or 1, the executed action differs from the chosen one
    :param episode_ids: (n,)
    :param policy_versions: (n,), 0: chosen at random
    """

    observations: FloatArray
    actions: FloatArray
    rewards: FloatArray
    next_observations: FloatArray
    terminated: ByteArray
    truncated: ByteArray
    intervened: ByteArray
    filtered: ByteArray
    episode_ids: CountArray
    policy_versions: CountArray

    def __len__(self) -> int:
        return len(self.rewards)

    def __getitem__(self, rows: slice) -> Transitions:
        return Transitions(*(array[rows] for array in vars(self).values()))

    def copy(self) -> Transitions:
        """Copy the rows."""
        return Transitions(*(array.copy() for array in vars(self).values()))

    @classmethod
    def empty(cls, count: int, *, observation_dim: int, action_dim: int) -> Transitions:
        """Allocate `count` rows of zeros."""
        return cls(
            observations=np.zeros((count, observation_dim), np.float32),
            actions=np.zeros((count, action_dim), np.float32),
            rewards=np.zeros(count, np.float32),
            next_observations=np.zeros((count, observation_dim), np.float32),
            terminated=np.zeros(count, np.uint8),
            truncated=np.zeros(count, np.uint8),
            intervened=np.zeros(count, np.uint8),
            filtered=np.zeros(count, np.uint8),
            episode_ids=np.zeros(count, np.uint64),
            policy_versions=np.zeros(count, np.uint64),
        )

    def check(self) -> None:
        """Check what came over a network before it is stored.

        :raises ValueError: naming the field and what is wrong with it
        """
        for name in ('observations', 'actions', 'rewards', 'next_observations'):
            if not (np.abs(getattr(self, name)) <= LARGEST_NUMBER).all():
                raise ValueError(f'{name} must be finite, and at most {LARGEST_NUMBER:g}')
        largest = float(np.abs(self.actions).max(initial=0.0))
        if largest > ACTION_BOUND:
            raise ValueError(f'actions must be in [-1, 1], got {largest:g}')
        for name in ('terminated', 'truncated', 'intervened', 'filtered'):
            if int(getattr(self, name).max(initial=0)) > 1:
                raise ValueError(f'{name} must be 0 or 1')


@dataclass(frozen=True, eq=False)
class TransitionBatch:
    """Transitions with their place in an actor's session.

    :param actor_session: random, new at every start of the actor
    :param actor: fully qualified name of the actor
    :param first_sequence: sequence number of the first row; rows count up from it
    :param oldest_sequence: oldest row that the actor still keeps
    """

    actor_session: int
    actor: str
    first_sequence: int
    oldest_sequence: int
    rows: Transitions
