# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Brings each number of an observation to mean 0 and standard deviation 1.

Joint angles and velocities differ in size by orders of magnitude, and a network whose first layer
sees mostly the largest of them learns several times slower. The networks are trained on normalized
observations; a policy that leaves the learner has the normalization folded into its first layer
where that is exact enough, and else carries it as tensors of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sac_core.arrays import FloatArray
from sac_core.normalization import SCALE, SHIFT
from sac_learner.batch import Batch
import torch

# Smallest standard deviation: a number that never changed must not explode when it does.
_SMALLEST_STD = 1e-2
# Largest distance of a mean from 0, in standard deviations, that is folded into the first layer.
# There float32 rounds a product of that size (2^-24 of it) before the bias takes it off again: an
# action is then wrong by about 1e-4, as it may be by the order of the sums alone.
_LARGEST_FOLDED = 256.0


@dataclass(frozen=True)
class Normalization:
    """`(observation - shift) * scale`, both (observation_dim,); never changed in place."""

    shift: torch.Tensor
    scale: torch.Tensor

    @classmethod
    def none(cls, observation_dim: int) -> Normalization:
        """Leave observations as they are."""
        return cls(shift=torch.zeros(observation_dim), scale=torch.ones(observation_dim))

    def apply(self, observations: torch.Tensor) -> torch.Tensor:
        """Normalize a copy."""
        return (observations - self.shift) * self.scale

    def normalize(self, batch: Batch) -> None:
        """Normalize observations and next observations of a batch, in place."""
        for observations in (batch.observations, batch.next_observations):
            observations.sub_(self.shift).mul_(self.scale)

    def fold(self, tensors: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """Turn a policy of normalized observations into one of plain observations.

        (o - shift) * scale @ W + b = o @ (scale * W) + (b - (shift * scale) @ W)

        Where that would cancel in float32 the layer stays, and `SHIFT` and `SCALE` come along.

        :param tensors: as `Algorithm.policy_tensors` gives them.
        """
        shift, scale = self.shift.numpy(), self.scale.numpy()
        if np.abs(shift * scale).max() > _LARGEST_FOLDED:
            return tensors | {SHIFT: shift.copy(), SCALE: scale.copy()}
        weight, bias = tensors['hidden.0.weight'], tensors['hidden.0.bias']
        return tensors | {
            'hidden.0.weight': scale[:, None] * weight,
            'hidden.0.bias': bias - (shift * scale) @ weight,
        }


class ObservationNormalizer:
    """Running mean and standard deviation of all observations stored (Chan et al. 1979, eq. 2.1).

    :param observation_dim: numbers in an observation.
    """

    def __init__(self, observation_dim: int) -> None:
        self._count = 0
        self._mean = np.zeros(observation_dim)
        self._squares = np.zeros(observation_dim)  # sum of squared distances from the mean
        self._normalization = Normalization.none(observation_dim)

    @property
    def normalization(self) -> Normalization:
        """The normalization by what was taken in so far."""
        return self._normalization

    def update(self, observations: FloatArray) -> None:
        """Take in observations, (n, observation_dim)."""
        added = len(observations)
        mean = observations.mean(axis=0, dtype=np.float64)
        squares = np.square(observations - mean).sum(axis=0)
        total = self._count + added
        distance = mean - self._mean
        self._mean += distance * (added / total)
        self._squares += squares + np.square(distance) * (self._count * added / total)
        self._count = total
        self._update_normalization()

    def state(self) -> dict[str, torch.Tensor]:
        """Copy what a continuation needs."""
        return {
            'count': torch.tensor(self._count),
            'mean': torch.tensor(self._mean),
            'squares': torch.tensor(self._squares),
        }

    def load(self, state: dict[str, torch.Tensor]) -> None:
        """Continue from a copied state."""
        self._count = int(state['count'])
        self._mean = state['mean'].numpy().copy()
        self._squares = state['squares'].numpy().copy()
        self._update_normalization()

    def _update_normalization(self) -> None:
        std = np.sqrt(self._squares / max(self._count, 1))
        self._normalization = Normalization(
            shift=torch.tensor(self._mean, dtype=torch.float32),
            scale=torch.tensor(1.0 / np.maximum(std, _SMALLEST_STD), dtype=torch.float32),
        )
