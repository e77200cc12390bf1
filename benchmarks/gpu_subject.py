# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What checks and timings of the recorded step work on."""

from __future__ import annotations

from filled_replay import random_rows
import numpy as np
from sac_learner.algorithms.sac.gpu.captured_step import CapturedStep
from sac_learner.config import SacConfig
from sac_learner.observation_normalizer import ObservationNormalizer
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_storage import ReplayStorage
import torch

OBSERVATION_DIM, ACTION_DIM = 17, 6  # HalfCheetah


class Subject:
    """A recorded step over a replay buffer with random transitions, and its normalization."""

    def __init__(
        self,
        config: SacConfig,
        device: torch.device,
        *,
        precision: str = 'fp32',
        compiled: bool = False,
        stored: int = 5000,
        capacity: int = 10_000,
        numbered: bool = False,
    ) -> None:
        torch.compiler.reset()  # each configuration is compiled anew; torch limits how often
        self.step = CapturedStep(
            config,
            OBSERVATION_DIM,
            ACTION_DIM,
            replay_capacity=capacity,
            device=device,
            precision=precision,
            compiled=compiled,
        )
        self.replay = ReplayBuffer(
            ReplayStorage.in_memory(capacity, OBSERVATION_DIM, ACTION_DIM), seed=0
        )
        self.normalizer = ObservationNormalizer(OBSERVATION_DIM)
        self._numbered = numbered
        self.add(stored)

    def add(self, count: int) -> None:
        """Store transitions with something to learn, or whose reward is their number."""
        rows = random_rows(count, OBSERVATION_DIM, ACTION_DIM)
        observations, actions = rows['observations'], rows['actions']
        rows['rewards'] = observations[:, 0] * actions[:, 0] - np.square(actions).sum(axis=1)
        rows['next_observations'] = 0.9 * observations + 0.1 * rows['next_observations']
        rows['terminated'] = (np.arange(count) % 20 == 0).astype(np.uint8)
        if self._numbered:
            first = self.replay.total_added
            rows['rewards'] = np.arange(first, first + count, dtype=np.float32)
        self.replay.add_batch(**rows)
        self.normalizer.update(rows['observations'])
        self.show_to(self.step)

    def show_to(self, step: CapturedStep) -> None:
        """Let a step follow the replay buffer and the normalization."""
        step.mirror(self.replay.storage, self.replay.total_added)
        step.normalize_by(self.normalizer.normalization)
