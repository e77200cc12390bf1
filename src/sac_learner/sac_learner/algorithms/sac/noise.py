# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""All that is random in a learner step, which every implementation draws and takes alike."""

from __future__ import annotations

from dataclasses import dataclass

from sac_learner.algorithms.sac.config import SacConfig
import torch
from torch import Tensor


@dataclass(frozen=True)
class StepNoise:
    """All that is random in one learner step.

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
    """Draw the noise of one learner step on the generator's device."""
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
