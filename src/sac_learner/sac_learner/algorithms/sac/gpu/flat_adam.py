# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Adam over one flat tensor, with its counter and step sizes on the device."""

from __future__ import annotations

import math

from sac_learner.adam import BETA1, BETA2, EPS
import torch
from torch import Tensor


class FlatAdam:
    """The updates of `sac_learner.adam.Adam`, without a number that the host must read.

    :param weights: what is updated, in place.
    :param lr: step size after the warm-up.
    :param warmup_steps: updates over which the step size rises linearly to `lr`.
    :param weight_decay: of the matrices, see there.
    :param matrices: how many columns of the weights are theirs, from the first on.
    """

    def __init__(
        self,
        weights: Tensor,
        lr: float,
        warmup_steps: int,
        weight_decay: float = 0.0,
        matrices: int = 0,
    ) -> None:
        self.mean = torch.zeros_like(weights)
        self.square = torch.zeros_like(weights)
        self.updates = torch.zeros((), dtype=torch.int64, device=weights.device)
        self._weights = weights
        self._lr = lr
        self._warmup_steps = warmup_steps
        self._weight_decay = weight_decay
        self._matrices = matrices

    def plan(self, updates: int) -> Tensor:
        """Count the next updates, and give what `descend` needs for each of them.

        :return: (updates, 4): step size over the correction of the first moment, inverse root of
            the correction of the second, what weight decay leaves of a matrix, and a zero, so
            that each row is aligned to 16 bytes: a compiled function copies inputs that are not.
        """
        device = self.updates.device
        # In float64: of 1 - BETA2^t, which begins at 0.001, float32 loses five digits.
        t = self.updates + torch.arange(1, updates + 1, dtype=torch.float64, device=device)
        lr = self._lr * (t / self._warmup_steps).clamp(max=1.0) if self._warmup_steps else self._lr
        self.updates += updates
        correction1, correction2 = (-torch.expm1(t * math.log(beta)) for beta in (BETA1, BETA2))
        zeros = torch.zeros_like(t)
        kept = zeros + (1 - lr * self._weight_decay)
        return torch.stack((lr / correction1, correction2.rsqrt(), kept, zeros), dim=-1).float()

    def descend(self, gradient: Tensor, plan: Tensor) -> None:
        """Take one step down a gradient.

        :param plan: one row of what `plan` gave.
        """
        step_size, inverse_root = plan[0], plan[1]
        self.mean.lerp_(gradient, 1 - BETA1)
        self.square.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
        if self._weight_decay:
            self._weights[:, : self._matrices].mul_(plan[2])
        spread = self.square.sqrt() * inverse_root + EPS
        self._weights.sub_(step_size * self.mean / spread)
