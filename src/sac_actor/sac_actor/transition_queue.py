# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Transitions of this session that the learner has not yet acknowledged, in a ring of fixed size.

Written by the control loop, read by the thread that sends. Neither waits for the other: each
counter has one writer, and a reader that was overtaken notices and reads again. Where the ring is
a file, the transitions of a killed actor are found in it.
"""

from __future__ import annotations

from sac_actor.ring_file import RingFile
from sac_core.arrays import FloatArray
from sac_core.transitions import Transitions


class TransitionQueue:
    """A ring of transitions, numbered from 0 in the order of appending.

    :param capacity: transitions kept; when full, the oldest is dropped and counted
    :param file: keeps them, made for the same capacity and dimensions; None: in memory only
    """

    def __init__(
        self, capacity: int, *, observation_dim: int, action_dim: int, file: RingFile | None = None
    ) -> None:
        self.capacity = capacity
        # One row more than is ever offered: the one that the loop may be writing.
        self._ring_size = capacity + 1
        self._file = file
        if file is not None:
            self.rows = file.rows
        else:
            self.rows = Transitions.empty(
                self._ring_size, observation_dim=observation_dim, action_dim=action_dim
            )
        self.appended = 0  # this and `dropped` are written by the control loop only,
        self.dropped = 0
        self.sent = 0  # the others by the sending thread only
        self.acknowledged = 0

    @classmethod
    def of_span(cls, file: RingFile, span: range) -> TransitionQueue:
        """Make a queue of transitions found in a file, to which nothing is appended."""
        header = file.header
        queue = cls(
            header.capacity,
            observation_dim=header.observation_dim,
            action_dim=header.action_dim,
            file=file,
        )
        queue.acknowledged = queue.sent = span.start
        queue.appended = span.stop
        return queue

    def append(
        self,
        *,
        observation: FloatArray,
        action: FloatArray,
        reward: float,
        next_observation: FloatArray,
        terminated: bool,
        truncated: bool,
        intervened: bool,
        filtered: bool,
        episode_id: int,
        policy_version: int,
    ) -> None:
        """Add a transition; copies the arrays."""
        rows, row = self.rows, self.appended % self._ring_size
        rows.observations[row] = observation
        rows.actions[row] = action
        rows.rewards[row] = reward
        rows.next_observations[row] = next_observation
        rows.terminated[row] = terminated
        rows.truncated[row] = truncated
        rows.intervened[row] = intervened
        rows.filtered[row] = filtered
        rows.episode_ids[row] = episode_id
        rows.policy_versions[row] = policy_version
        if self._file is not None:
            self._file.seal(row, self.appended)
        if self.appended - self.acknowledged >= self.capacity:
            self.dropped += 1
        self.appended += 1

    def note_totals(self, *, env_steps: int, episodes: int) -> None:
        """Keep what the actor did in all its sessions beside its transitions."""
        if self._file is not None:
            self._file.note_progress(
                appended=self.appended,
                dropped=self.dropped,
                env_steps=env_steps,
                episodes=episodes,
            )

    def __len__(self) -> int:
        appended = self.appended
        return appended - self._oldest_of(appended)

    @property
    def is_stored(self) -> bool:
        """Whether everything is acknowledged."""
        return self.acknowledged == self.appended

    @property
    def oldest(self) -> int:
        """Sequence number of the oldest transition that is still kept."""
        return self._oldest_of(self.appended)

    @property
    def next_to_send(self) -> int:
        """Sequence number of the oldest transition that waits to be sent; `appended`: none."""
        return max(self.sent, self.oldest)

    @property
    def unsent(self) -> int:
        """Transitions that wait to be sent, for the first time or again."""
        appended = self.appended
        return appended - max(self.sent, self._oldest_of(appended))

    def _oldest_of(self, appended: int) -> int:
        # From one reading of `appended`, which the loop may raise between two.
        return max(self.acknowledged, appended - self.capacity)

    def take(self, limit: int) -> tuple[int, Transitions] | None:
        """Copy the next transitions to send.

        :param limit: rows at the most
        :return: sequence number of the first row, and the rows; None where nothing is unsent
        """
        while True:
            appended = self.appended
            first = max(self.sent, self._oldest_of(appended))
            row = first % self._ring_size
            count = min(limit, appended - first, self._ring_size - row)
            if count < 1:
                return None
            copy = self.rows[row : row + count].copy()
            if first >= self.appended - self.capacity:  # else overwritten while it was copied
                self.sent = first + count
                return first, copy

    def acknowledge(self, next_sequence: int) -> bool:
        """Free every transition below a sequence number.

        :return: whether that freed any; an old or impossible acknowledgement does not
        """
        if not self.acknowledged < next_sequence <= self.appended:
            return False
        self.acknowledged = next_sequence
        if self._file is not None:
            self._file.note_acknowledged(next_sequence)
        return True

    def send_again(self, *, from_sequence: int = 0) -> None:
        """Send everything that is not acknowledged once more, from a sequence number on."""
        self.sent = max(self.acknowledged, from_sequence)
