# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A batch of transitions, as it passes from the replay buffer to a training step."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Transitions side by side, float32, or what n steps of a stream add up to (n_step_return.py).

    There is no `truncated`, because no loss depends on it.

    :param observations: (batch, observation_dim).
    :param actions: (batch, action_dim), in [-1, 1].
    :param rewards: (batch,); after k transitions the discounted sum of theirs.
    :param next_observations: (batch, observation_dim).
    :param bootstrap: (batch,), what the discounted value of next_observations counts: 0 where the
        return ended there, else 1, after k transitions discount^(k - 1).
    """

    observations: Tensor
    actions: Tensor
    rewards: Tensor
    next_observations: Tensor
    bootstrap: Tensor

    @classmethod
    def empty(cls, size: int, observation_dim: int, action_dim: int) -> Batch:
        """Allocate on the CPU."""
        return cls(
            observations=torch.empty(size, observation_dim),
            actions=torch.empty(size, action_dim),
            rewards=torch.empty(size),
            next_observations=torch.empty(size, observation_dim),
            bootstrap=torch.empty(size),
        )

    def __len__(self) -> int:
        return len(self.rewards)

    def slice(self, start: int, stop: int) -> Batch:
        """Give a view of the transitions from start up to stop."""
        return Batch(*(getattr(self, f.name)[start:stop] for f in fields(self)))

    def to(self, device: torch.device) -> Batch:
        """Give this batch on a device; the same tensors where they are there already."""
        return Batch(*(getattr(self, f.name).to(device) for f in fields(self)))
