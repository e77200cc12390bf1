# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Dropout in the critics, which units it drops being the same for every kind of step.

As in DroQ (Hiraoka et al. 2022, arXiv:2110.02034) it lies between the product of a hidden layer
and its LayerNorm, in targets, critics and what the actor maximizes alike. Whether a unit is
dropped is a hash of the step's key and of its place, so that no masks travel to a fast step.
"""

from __future__ import annotations

from sac_learner.algorithms.sac.config import SacConfig
import torch
from torch import Tensor

_BITS = 0xFFFFFFFF


def scramble(x: Tensor) -> Tensor:
    """Hash 32-bit numbers, kept in int64: two rounds of shift and multiplication.

    Constants of C. Wellons, https://nullprogram.com/blog/2018/07/31/.
    """
    x = (x ^ (x >> 16)) * 0x7FEB352D & _BITS
    x = (x ^ (x >> 15)) * 0x846CA68B & _BITS
    return x ^ (x >> 16)


def target_pass(update: int) -> int:
    """Number the pass of a critic update through the target critics."""
    return 2 * update


def critic_pass(update: int) -> int:
    """Number the pass of a critic update through the critics."""
    return 2 * update + 1


def actor_pass(config: SacConfig) -> int:
    """Number the pass of the actor's update through the critics."""
    return 2 * config.utd_ratio


def layer_keys(config: SacConfig, key: Tensor) -> Tensor:
    """Give a key for each hidden layer, of each critic, in each pass of a learner step.

    :param key: of the step, (), int64 in 0..2^32 - 1.
    :return: (2 * utd_ratio + 1, num_critics, layers).
    """
    shape = 2 * config.utd_ratio + 1, config.num_critics, len(config.hidden_dims)
    places = torch.arange(shape[0] * shape[1] * shape[2], device=key.device)
    return scramble((key + places) & _BITS).view(shape)


def unit_factors(config: SacConfig, keys: Tensor, rows: int) -> list[Tensor]:
    """Give what each unit of each hidden layer is multiplied by: 0, or 1 / (1 - dropout).

    :param keys: of one pass, (stack, layers), of `layer_keys`.
    :param rows: of the batch.
    :return: for each layer (stack, rows, width).
    """
    threshold = round(config.dropout * 2**32)
    numbers = torch.arange(rows, device=keys.device)
    factors = []
    for layer, width in enumerate(config.hidden_dims):
        row_keys = scramble((keys[:, layer, None] + numbers) & _BITS)
        units = torch.arange(width, device=keys.device)
        bits = scramble((row_keys[:, :, None] + units) & _BITS)
        factors.append((bits >= threshold).float() * (1 / (1 - config.dropout)))
    return factors
