# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A batch of transitions, as it passes from the replay buffer to a training step."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Transitions side by side, float32; `truncated` is not here, because no loss depends on it.

    :param observations: (batch, observation_dim).
    :param actions: (batch, action_dim), in [-1, 1].
    :param rewards: (batch,).
    :param next_observations: (batch, observation_dim).
    :param terminated: (batch,), 1 where the return ends with this transition, else 0.
    """

    observations: Tensor
    actions: Tensor
    rewards: Tensor
    next_observations: Tensor
    terminated: Tensor

    @classmethod
    def empty(cls, size: int, observation_dim: int, action_dim: int) -> Batch:
        """Allocate on the CPU."""
        return cls(
            observations=torch.empty(size, observation_dim),
            actions=torch.empty(size, action_dim),
            rewards=torch.empty(size),
            next_observations=torch.empty(size, observation_dim),
            terminated=torch.empty(size),
        )

    def __len__(self) -> int:
        return len(self.rewards)

    def slice(self, start: int, stop: int) -> Batch:
        """Give a view of the transitions from start up to stop."""
        return Batch(*(getattr(self, f.name)[start:stop] for f in fields(self)))

    def to(self, device: torch.device) -> Batch:
        """Give this batch on a device; the same tensors where they are there already."""
        return Batch(*(getattr(self, f.name).to(device) for f in fields(self)))
