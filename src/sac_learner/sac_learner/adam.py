# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Adam with a linear warm-up of its step size, and with its state as named tensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import math

import torch
from torch import nn, Tensor

BETA1 = 0.9
BETA2 = 0.999
EPS = 1e-8


class Adam:
    """Adam (arXiv:1412.6980, algorithm 1) for the weights of one network, in place.

    With weight decay it is AdamW (arXiv:1711.05101, algorithm 2), which keeps matrices small.

    :param weights: named weights to update.
    :param lr: step size after the warm-up.
    :param warmup_steps: updates over which the step size rises linearly to `lr`.
    :param weight_decay: share of the matrices that one update takes off, times the step size.
    """

    def __init__(
        self,
        weights: Iterable[tuple[str, nn.Parameter]],
        lr: float,
        warmup_steps: int,
        weight_decay: float = 0.0,
    ) -> None:
        self._weights = dict(weights)
        self._lr = lr
        self._warmup_steps = warmup_steps
        self._weight_decay = weight_decay
        self._means = {n: torch.zeros_like(w.data) for n, w in self._weights.items()}
        self._squares = {n: torch.zeros_like(w.data) for n, w in self._weights.items()}
        self._updates = torch.zeros((), dtype=torch.int64)  # on the CPU: read at each update

    @property
    def updates(self) -> int:
        """Steps taken."""
        return int(self._updates)

    def descend(self, loss: Tensor) -> None:
        """Take one step down the gradient of a scalar loss."""
        gradients = torch.autograd.grad(loss, list(self._weights.values()))
        self._updates += 1
        t = int(self._updates)
        lr = self._lr * min(1.0, t / self._warmup_steps) if self._warmup_steps else self._lr
        mean_correction, square_correction = 1 - BETA1**t, 1 - BETA2**t
        with torch.no_grad():
            for (name, w), gradient in zip(self._weights.items(), gradients, strict=True):
                mean, square = self._means[name], self._squares[name]
                mean.lerp_(gradient, 1 - BETA1)
                square.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
                if self._weight_decay and is_matrix(name):
                    w.mul_(1 - lr * self._weight_decay)
                spread = (square.sqrt() / math.sqrt(square_correction)).add_(EPS)
                w.addcdiv_(mean, spread, value=-lr / mean_correction)

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Name the moments and the counter: all that the next update depends on."""
        yield 'updates', self._updates
        for name in self._weights:
            yield f'mean.{name}', self._means[name]
            yield f'square.{name}', self._squares[name]


def is_matrix(name: str) -> bool:
    """Return whether weights of this name are a matrix: neither a bias nor of a LayerNorm."""
    return name.endswith('weight') and not name.endswith('norm.weight')
