# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which measured values end an episode when they pass a limit, learned from what ended.

A robot's episode mostly terminates because one quantity left its range: a height, an angle, a
force. From the fifty falls of its first minute a network does not learn that: of those that come
it foresees fewer than half (docs/notebook/dynamics_model.md). But the robot never continues
beyond such a limit. So of all values that left the range in which it went on, as few are chosen
as explain
every termination.
"""

from __future__ import annotations

import numpy as np
from sac_learner.replay_rows import RowArray
import torch
from torch import Tensor

_MOST_ENDED = 4096  # states in which an episode terminated that are kept, the newest


class TerminationLimits:
    """The range of each value of an observation outside which episodes terminate.

    :ivar explain_all: whether each termination is one by these limits.
    """

    def __init__(self, observation_dim: int) -> None:
        self._lowest = torch.full((observation_dim,), torch.inf)  # of states that went on
        self._highest = torch.full((observation_dim,), -torch.inf)
        self._ended = torch.empty(0, observation_dim)
        self._choose()

    def learn(self, rows: RowArray) -> None:
        """Take in stored transitions, each once."""
        reached = torch.from_numpy(np.ascontiguousarray(rows['next_observations']))
        ended = torch.from_numpy(rows['terminated'] != 0)
        if not ended.all():
            self._lowest = torch.minimum(self._lowest, reached[~ended].amin(0))
            self._highest = torch.maximum(self._highest, reached[~ended].amax(0))
        self._ended = torch.cat((self._ended, reached[ended]))[-_MOST_ENDED:]
        self._choose()

    def _choose(self) -> None:
        """Choose the limit that most are beyond of those that none explains yet, and again."""
        beyond = torch.cat((self._ended < self._lowest, self._ended > self._highest), dim=1)
        unexplained = beyond.any(1)
        self.explain_all = bool(unexplained.all())
        chosen = torch.zeros(beyond.shape[1], dtype=torch.bool)
        while unexplained.any():
            best = beyond[unexplained].sum(0).argmax()
            chosen[best] = True
            unexplained &= ~beyond[:, best]
        below, above = chosen.chunk(2)
        self.low = self._lowest.where(below, -torch.inf)
        self.high = self._highest.where(above, torch.inf)

    def are_passed(self, observations: Tensor) -> Tensor:
        """(n, observation_dim) -> (n,): whether an episode terminates there."""
        return ((observations < self.low) | (observations > self.high)).any(1)

    def tensors(self) -> dict[str, Tensor]:
        """Name all that a later continuation depends on; not copies."""
        return {'lowest': self._lowest, 'highest': self._highest, 'ended': self._ended}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Continue from copied tensors."""
        self._lowest, self._highest = tensors['lowest'], tensors['highest']
        self._ended = tensors['ended']
        self._choose()
