# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the machine has to compute with: its GPU, and the cores that this process may use."""

from __future__ import annotations

import math
import os
from pathlib import Path

import torch

_ROWS_PER_THREAD = 32  # fewer rows of a batch than this do not pay for reading the weights


def available_cores() -> float:
    """Count the cores that this process may use: those it may run on, or its share of time."""
    if hasattr(os, 'sched_getaffinity'):
        cores = float(len(os.sched_getaffinity(0)))
    else:
        cores = float(os.cpu_count() or 1)
    try:
        quota, period = Path('/sys/fs/cgroup/cpu.max').read_text().split()
        return cores if quota == 'max' else min(cores, int(quota) / int(period))
    except (OSError, ValueError):
        return cores


def default_threads(cores: float, batch_size: int) -> int:
    """
    Give the number of threads that leaves the actor and the bridge their place.

    Both together use a part of one core at 50 Hz; with four cores or more one stays free for
    them. Below that, giving one away costs more than sharing it.
    """
    usable = cores - 1 if cores >= 4 else cores
    return max(1, min(math.floor(usable), math.ceil(batch_size / _ROWS_PER_THREAD)))


def choose_device(device: str) -> tuple[torch.device, str]:
    """Find the device of a setting.

    :param device: 'auto', or one of torch's names
    :return: the device, and why it is this one
    :raises ValueError: for one that is not there
    """
    if device == 'auto':
        if torch.cuda.is_available():
            return torch.device('cuda'), 'a GPU is there'
        return torch.device('cpu'), 'no GPU'
    try:
        chosen = torch.device(device)
    except RuntimeError:
        raise ValueError(
            f"device must be 'auto', 'cpu' or a GPU as 'cuda' or 'cuda:1', got {device!r}"
        ) from None
    if chosen.type == 'cuda' and (chosen.index or 0) >= torch.cuda.device_count():
        raise ValueError(
            f'device {device!r} is not there: torch sees {torch.cuda.device_count()} GPUs'
        )
    if chosen.type not in ('cpu', 'cuda'):
        raise ValueError(
            f"device must be 'auto', 'cpu' or a GPU as 'cuda' or 'cuda:1', got {device!r}"
        )
    return chosen, 'as configured'
