# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Sessions of an actor without its control loop, and the learner that takes them, for tests."""

from __future__ import annotations

import os

from sac_actor.state_directory import StateDirectory
from sac_actor.transition_queue import TransitionQueue
from sac_core.transitions import TransitionBatch

from .numbered import ACTION_DIM, append, check_rows, make_header, OBSERVATION_DIM


def fill(state: StateDirectory, steps: int, *, session: int = 1) -> TransitionQueue:
    """Begin a session and make some steps; an episode ends every fourth."""
    before = state.totals
    header = make_header(session=session)
    queue = TransitionQueue(
        header.capacity,
        observation_dim=OBSERVATION_DIM,
        action_dim=ACTION_DIM,
        file=state.create_ring(header),
    )
    for number in range(steps):
        append(queue, number)
        made = number + 1
        queue.note_totals(env_steps=before.env_steps + made, episodes=before.episodes + made // 4)
    return queue


def abandon(state: StateDirectory) -> None:
    """Leave a directory as a process does that is killed."""
    os.close(state.lock)
    state.lock, state.own = -1, None


class FakeLearner:
    """Stores each row of each session once, in order, and refuses what leaves a gap."""

    def __init__(self, session: int = 9) -> None:
        self.session = session
        self.stored: dict[int, list[int]] = {}
        self.lost = 0
        self.duplicates = 0
        self._next: dict[int, int] = {}

    def store(self, batch: TransitionBatch) -> None:
        """Take a batch and check what is in its rows."""
        numbers = check_rows(batch.first_sequence, batch.rows)
        expected = self._next.setdefault(batch.actor_session, batch.oldest_sequence)
        if batch.oldest_sequence > expected:
            self.lost += batch.oldest_sequence - expected
            expected = batch.oldest_sequence
        if numbers[0] <= expected:
            new = [number for number in numbers if number >= expected]
            self.duplicates += len(numbers) - len(new)
            self.stored.setdefault(batch.actor_session, []).extend(new)
            expected = max(expected, numbers[-1] + 1)
        self._next[batch.actor_session] = expected

    def answer(self, session: int) -> dict[str, int]:
        """Acknowledge what is stored of a session, as the arguments of `acknowledge`."""
        expected = self._next[session]
        return {
            'actor_session': session,
            'learner_session': self.session,
            'next_sequence': expected,
            'trained_sequence': expected,
            'policy_version': 0,
        }
