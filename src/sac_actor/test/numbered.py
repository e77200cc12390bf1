# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Transitions all of whose fields say one number, so that a torn or misplaced row is seen."""

from __future__ import annotations

import numpy as np
from sac_actor.ring_file import RingHeader
from sac_actor.transition_queue import TransitionQueue
from sac_core.transitions import Transitions

OBSERVATION_DIM, ACTION_DIM = 3, 2


def append(queue: TransitionQueue, number: int) -> None:
    """Append the transition of a number."""
    queue.append(
        observation=np.full(OBSERVATION_DIM, number, np.float32),
        action=np.full(ACTION_DIM, number, np.float32),
        reward=float(number),
        next_observation=np.full(OBSERVATION_DIM, number, np.float32),
        terminated=number % 2 == 1,
        truncated=number % 3 == 1,
        intervened=number % 5 == 1,
        filtered=number % 5 == 2,
        episode_id=number,
        policy_version=number,
    )


def check_rows(first: int, rows: Transitions) -> list[int]:
    """Check that each row is whole and has the number that its place says; return the numbers."""
    numbers = list(range(first, first + len(rows)))
    for name in ('observations', 'actions', 'rewards', 'next_observations'):
        values = getattr(rows, name).reshape(len(rows), -1)
        assert (values == np.array(numbers)[:, None]).all(), name
    assert rows.terminated.tolist() == [number % 2 for number in numbers]
    assert rows.truncated.tolist() == [int(number % 3 == 1) for number in numbers]
    assert rows.intervened.tolist() == [int(number % 5 == 1) for number in numbers]
    assert rows.filtered.tolist() == [int(number % 5 == 2) for number in numbers]
    assert rows.episode_ids.tolist() == numbers
    assert rows.policy_versions.tolist() == numbers
    return numbers


def make_header(*, session: int = 5, capacity: int = 10, env_id: str = 'Fake-v0') -> RingHeader:
    return RingHeader(
        session=session,
        actor='/actor',
        env_id=env_id,
        observation_dim=OBSERVATION_DIM,
        action_dim=ACTION_DIM,
        capacity=capacity,
    )
