# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A transition as one row of float32, so that sampling a batch is one gather."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sac_learner.batch import Batch
from sac_learner.n_step_return import single_steps
from sac_learner.replay_rows import RowArray
import torch
from torch import Tensor


@dataclass(frozen=True)
class RowLayout:
    """Columns: observation, action, reward, next observation, bootstrap; as in a `Batch`.

    Observation and action lie side by side, as the critics take them.
    """

    observation_dim: int
    action_dim: int

    @property
    def width(self) -> int:
        """Columns."""
        return 2 * self.observation_dim + self.action_dim + 2

    @property
    def pair_dim(self) -> int:
        """Columns of observation and action."""
        return self.observation_dim + self.action_dim

    @property
    def _next_observations(self) -> slice:
        return slice(self.pair_dim + 1, self.width - 1)

    def pairs(self, rows: Tensor) -> Tensor:
        """Give a view of observations and actions, (n, pair_dim)."""
        return rows[:, : self.pair_dim]

    def batch(self, rows: Tensor) -> Batch:
        """Give views of rows, (n, width), as a batch."""
        return Batch(
            observations=rows[:, : self.observation_dim],
            actions=rows[:, self.observation_dim : self.pair_dim],
            rewards=rows[:, self.pair_dim],
            next_observations=rows[:, self._next_observations],
            bootstrap=rows[:, -1],
        )

    def write(self, rows: Tensor, source: Batch) -> None:
        """Copy a batch into rows."""
        own = self.batch(rows)
        for field in fields(Batch):
            getattr(own, field.name).copy_(getattr(source, field.name))

    def write_stored(self, rows: Tensor, stored: RowArray) -> None:
        """Copy stored transitions into as many rows on the CPU."""
        own, drawn = self.batch(rows), single_steps(stored)
        for field in fields(Batch):
            getattr(own, field.name).numpy()[:] = drawn.of_batch(field.name)

    def of_observations(self, values: Tensor, *, otherwise: float) -> Tensor:
        """Lay out one number for each number of an observation, (observation_dim,), as a row.

        :param otherwise: goes into the columns that hold no observation.
        :return: (width,), on the CPU.
        """
        row = torch.full((self.width,), otherwise)
        row[: self.observation_dim] = values
        row[self._next_observations] = values
        return row
