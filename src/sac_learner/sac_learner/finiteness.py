# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tells when training has diverged: which tensor, or which loss, is no longer finite."""

from __future__ import annotations

from collections.abc import Mapping
import math

from sac_core.weights import NotFiniteError
import torch
from torch import Tensor

DIVERGED = 'training diverged: '  # how the failure of whatever noticed it begins


def check_finite(tensors: Mapping[str, Tensor]) -> None:
    """Check all that a continuation depends on: weights, moments, temperature, normalization.

    :raises NotFiniteError: naming the first tensor that is not finite, and how many more there are
    """
    names = [name for name, tensor in tensors.items() if not bool(torch.isfinite(tensor).all())]
    if names:
        more = f' and {len(names) - 1} more tensors hold' if names[1:] else ' holds'
        raise NotFiniteError(f'{names[0]}{more} numbers that are not finite')


def check_metrics(metrics: Mapping[str, float]) -> None:
    """Check what the newest step says of itself.

    :raises NotFiniteError: naming what is not finite, with its value
    """
    found = [f'{name} is {value}' for name, value in metrics.items() if not math.isfinite(value)]
    if found:
        raise NotFiniteError(', '.join(found))
