# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Transitions that a storage held when it was opened, and when they count again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from sac_core.arrays import FloatArray
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_storage import StoredBatch


class RecoveredTransitions:
    """Batches that an earlier learner stored after its last checkpoint, in their order.

    :param take_in: is handed the observations of each, once it is in the replay buffer.
    """

    def __init__(self, replay: ReplayBuffer, observe_stored: Callable[[FloatArray], None]) -> None:
        self._replay = replay
        self._observe_stored = observe_stored
        self._batches: deque[StoredBatch] = deque()

    def scan(self) -> None:
        """Look up what the storage holds beyond the replay buffer."""
        self._batches = deque(self._replay.storage.batches_after(self._replay.total_added))

    @property
    def pending(self) -> int:
        """Transitions whose time has not come yet."""
        return self._batches[-1].total - self._replay.total_added if self._batches else 0

    def append_due(self, learner_steps: int, backlog: Callable[[], int]) -> None:
        """Take in what came for the first time before so many steps of the learner, or is due to.

        So a learner in lockstep computes the same again.
        """
        while self._batches and (self._batches[0].learner_steps <= learner_steps or not backlog()):
            self._append_next()

    def append_all(self) -> None:
        """Take in all at once."""
        while self._batches:
            self._append_next()

    def _append_next(self) -> None:
        batch = self._batches.popleft()
        rows = self._replay.append_recovered(batch.total - self._replay.total_added)
        if len(rows):
            self._observe_stored(np.ascontiguousarray(rows['observations']))
