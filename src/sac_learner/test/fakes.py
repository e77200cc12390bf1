# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A step that only counts, and batches, for the tests of the learner's process."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sac_core.spaces import RobotSpec
from sac_core.transitions import TransitionBatch, Transitions
from sac_core.weights import PolicyArchitecture
from sac_learner.algorithms.base import Algorithm, Machine
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.batch import Batch
from sac_learner.config import LearnerSettings, SacConfig
from sac_learner.learner import Learner
import torch
from torch import Tensor

CONFIG = SacConfig(hidden_dims=(4,), batch_size=4, utd_ratio=2)


class CountingStep(Algorithm):
    """Makes no updates, counts them, and shows the count in its weights."""

    config_class = SacConfig
    config = CONFIG
    device = torch.device('cpu')
    precision = 'fp32'

    def __init__(self, on_step: Callable[[], None] = lambda: None) -> None:
        self._steps = 0
        self._on_step = on_step
        self.loss = 1.0

    @classmethod
    def build(
        cls, config: AlgorithmConfig, observation_dim: int, action_dim: int, machine: Machine
    ) -> tuple[Algorithm, str]:
        return cls(), 'counts'

    @property
    def steps(self) -> int:
        return self._steps

    @property
    def architecture(self) -> PolicyArchitecture:
        return PolicyArchitecture(3, 2, (4,), 'relu', False)

    def update(self, batch: Batch) -> None:
        self._on_step()
        self._steps += 1

    def metrics(self) -> dict[str, float]:
        return {'critic_loss': self.loss / self._steps} if self._steps else {}

    def policy_tensors(self) -> dict[str, NDArray[np.float32]]:
        return {
            name: np.full(shape, self._steps, np.float32)
            for name, shape in {
                'hidden.0.weight': (3, 4),
                'hidden.0.bias': (4,),
                'mean.weight': (4, 2),
                'mean.bias': (2,),
                'log_std.weight': (4, 2),
                'log_std.bias': (2,),
            }.items()
        }

    def state_dict(self) -> dict[str, Tensor]:
        return {'steps': torch.tensor(self._steps)}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        self._steps = int(state['steps'])

    def initial_state(self, seed: int) -> dict[str, Tensor]:
        return {'steps': torch.tensor(0)}


def make_spec(*, observation_dim: int = 3, action_dim: int = 2) -> RobotSpec:
    return RobotSpec(
        env_id='Fake-v0',
        observation_dim=observation_dim,
        action_dim=action_dim,
        action_low=np.full(action_dim, -1.0, np.float32),
        action_high=np.full(action_dim, 1.0, np.float32),
        step_duration=0.02,
        max_episode_steps=0,
        bridge_session=1,
    )


def make_batch(
    first: int,
    count: int,
    *,
    oldest: int = 0,
    session: int = 1,
    observation_dim: int = 3,
    action_dim: int = 2,
) -> TransitionBatch:
    """Rows whose reward is their sequence number."""
    rows = Transitions.empty(count, observation_dim=observation_dim, action_dim=action_dim)
    rows.rewards[:] = np.arange(first, first + count)
    return TransitionBatch(
        actor_session=session,
        actor=f'/actor_{session}',
        first_sequence=first,
        oldest_sequence=oldest,
        rows=rows,
    )


def make_learner(settings: LearnerSettings, step: CountingStep | None = None) -> Learner:
    return Learner(CONFIG, settings, make_spec(), step or CountingStep())
