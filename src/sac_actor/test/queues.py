# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Sessions of an actor without its control loop, and the learner that takes them, for tests."""

from __future__ import annotations

import os

from sac_actor.state_directory import StateDirectory
from sac_actor.transition_queue import TransitionQueue

from .numbered import ACTION_DIM, append, make_header, OBSERVATION_DIM


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
    os.close(state._lock)
    state._lock = -1
