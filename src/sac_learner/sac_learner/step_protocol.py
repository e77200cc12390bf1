# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What every implementation of the high-UTD step offers, and the noise that they can share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sac_learner.batch import Batch
from sac_learner.config import SacConfig
import torch
from torch import Tensor


@dataclass(frozen=True)
class StepNoise:
    """All that is random in one high-UTD step.

    :param next_action_noise: standard normal, (utd_ratio, batch_size, action_dim): the next
        actions of each critic update.
    :param actor_noise: standard normal, (utd_ratio * batch_size, action_dim): the actions of the
        actor's update.
    :param target_subset: int64, (utd_ratio, target_subset): the target critics in the minimum of
        each critic update, distinct within a row.
    :param dropout_key: int64, (), below 2^32: of what dropout drops; None where there is none.
    """

    next_action_noise: Tensor
    actor_noise: Tensor
    target_subset: Tensor
    dropout_key: Tensor | None = None


def draw_noise(config: SacConfig, action_dim: int, generator: torch.Generator) -> StepNoise:
    """Draw the noise of one high-UTD step on the generator's device."""
    utd_ratio, device = config.utd_ratio, generator.device

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, device=device)

    # The first k of a random order are a draw without replacement.
    order = torch.rand(utd_ratio, config.num_critics, generator=generator, device=device).argsort()
    return StepNoise(
        next_action_noise=normal(utd_ratio, config.batch_size, action_dim),
        actor_noise=normal(config.step_batch_size, action_dim),
        target_subset=order[:, : config.target_subset],
        dropout_key=torch.randint(2**32, (), generator=generator, device=device)
        if config.dropout
        else None,
    )


def check_dropout_key(config: SacConfig, noise: StepNoise) -> None:
    """Check that the noise is one with a key where there is dropout.

    :raises ValueError: where it has none.
    """
    if config.dropout and noise.dropout_key is None:
        raise ValueError(f'dropout {config.dropout} needs a dropout_key in the noise, got none')


PolicyTensors = dict[str, NDArray[np.float32]]


class PolicyCopy(Protocol):
    """A copy of the actor's weights, which may still be on its way from the device."""

    def ready(self) -> bool:
        """Say whether `tensors` would return at once."""
        ...

    def tensors(self) -> PolicyTensors:
        """Give the weights, named as in `sac_learner.networks.Actor`; waits for them."""
        ...


class HighUtdStep(Protocol):
    """The unit of work: utd_ratio updates of the critics, one of the actor and the temperature.

    `sac_learner.sac_step.SacStep` is the reference; every other implementation computes the same
    numbers from the same weights, batch and noise, and reads and writes the same state.
    """

    device: torch.device  # where it computes
    precision: str  # of the matrix products, see `sac_learner.precision`

    @property
    def steps(self) -> int:
        """High-UTD steps done."""
        ...

    def step(self, batch: Batch, noise: StepNoise | None = None) -> None:
        """Update all networks once.

        :param batch: utd_ratio * batch_size transitions.
        :param noise: drawn from the step's own generator when None.
        :raises ValueError: for a batch of another size.
        """
        ...

    def metrics(self) -> dict[str, float]:
        """Give the newest figures that are there without waiting for a device; {} at first."""
        ...

    def policy_tensors(self) -> PolicyTensors:
        """Copy the actor's weights, named as in `sac_learner.networks.Actor`."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Copy all that a later continuation depends on, to the CPU."""
        ...

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Continue from a copied state.

        :raises ValueError: where names or shapes differ, naming them; nothing is loaded then.
        """
        ...
