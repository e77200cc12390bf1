# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Random transitions, and a replay buffer that holds them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_storage import ReplayStorage


def random_rows(count: int, observation_dim: int, action_dim: int) -> dict[str, Any]:
    """:return: what `ReplayBuffer.add_batch` takes, `count` transitions"""
    rng = np.random.default_rng(0)
    return {
        'observations': rng.standard_normal((count, observation_dim), np.float32),
        'actions': np.tanh(rng.standard_normal((count, action_dim), np.float32)),
        'rewards': rng.standard_normal(count, np.float32),
        'next_observations': rng.standard_normal((count, observation_dim), np.float32),
        'terminated': np.zeros(count, np.uint8),
        'truncated': np.zeros(count, np.uint8),
    }


def filled_replay(transitions: int, observation_dim: int, action_dim: int) -> ReplayBuffer:
    """:return: a full buffer in memory"""
    storage = ReplayStorage.in_memory(transitions, observation_dim, action_dim)
    buffer = ReplayBuffer(storage, seed=0)
    buffer.add_batch(**random_rows(transitions, observation_dim, action_dim))
    return buffer
