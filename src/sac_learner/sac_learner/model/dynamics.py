# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""An ensemble of networks that predict what one action of a robot does: its dynamics model.

Members differ in their first weights and in the transitions that they learn from, so that where
they know little, they disagree (Chua et al. 2018, arXiv:1805.12114). They predict means, not
distributions: what a robot at its control rate does at random is small beside its motion.
"""

from __future__ import annotations

from itertools import pairwise

from sac_learner.adam import Adam
from sac_learner.networks import Dense
import torch
from torch import nn, Tensor


class DynamicsModel:
    """Networks of one shape, stacked, and their optimizer.

    :param inputs: numbers in an observation and an action.
    :param outputs: numbers that are predicted.
    :param members: of the ensemble.
    :param bf16: multiply in bfloat16 between hidden layers.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        members: int,
        hidden_dims: tuple[int, ...],
        lr: float,
        seed: int,
        bf16: bool,
        device: torch.device,
    ) -> None:
        generator = torch.Generator().manual_seed(seed)
        widths = (inputs, *hidden_dims, outputs)
        last = len(widths) - 2
        self._layers = nn.Sequential(
            *(
                Dense(
                    before,
                    after,
                    stack=(members,),
                    activation=None if i == last else 'silu',
                    bf16=bf16 and 0 < i < last,
                    generator=generator,
                )
                for i, (before, after) in enumerate(pairwise(widths))
            )
        ).to(device)
        self._adam = Adam(self._layers.named_parameters(), lr, 0)

    def fit(self, inputs: Tensor, targets: Tensor) -> None:
        """Take one step down the squared error of each member.

        :param inputs: (members, batch, inputs).
        :param targets: (members, batch, outputs).
        """
        errors = self._layers(inputs) - targets
        self._adam.descend(errors.square().mean(dim=(1, 2)).sum())

    @torch.no_grad()
    def predict(self, inputs: Tensor) -> Tensor:
        """(members, batch, inputs) -> (members, batch, outputs)."""
        predicted: Tensor = self._layers(inputs)
        return predicted

    def tensors(self) -> dict[str, Tensor]:
        """Name all that a later continuation depends on; not copies."""
        weights = {f'weights.{name}': w.data for name, w in self._layers.named_parameters()}
        return weights | {f'adam.{name}': tensor for name, tensor in self._adam.tensors()}
