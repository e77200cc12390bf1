# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The layout of a stored transition, and copies of many."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
RowArray = NDArray[np.void]  # of `row_type`
FLAGS = ('terminated', 'truncated', 'intervened', 'filtered')


def row_type(observation_dim: int, action_dim: int) -> np.dtype[np.void]:
    """Give the layout of a stored transition: one record, so that a draw touches few pages.

    168 bytes at 17 observations and 6 actions. Flags are 0 or 1, see `Transitions`.

    :raises ValueError: for a dimension below 1.
    """
    for name, value in (('observation_dim', observation_dim), ('action_dim', action_dim)):
        if value < 1:
            raise ValueError(f'{name} must be at least 1, got {value}')
    fields: list[tuple[Any, ...]] = [
        ('observations', '<f4', (observation_dim,)),
        ('actions', '<f4', (action_dim,)),
        ('rewards', '<f4'),
        ('next_observations', '<f4', (observation_dim,)),
    ]
    return np.dtype(fields + [(name, 'u1') for name in FLAGS])


def gather(rows: RowArray, numbers: NDArray[np.int64], out: RowArray) -> None:
    """Copy the rows of these numbers, all in range, into `out`, as long as there are numbers."""
    # As 32-bit words, of which the last holds the flags: faster than records. 'clip' lets numpy
    # write straight into `out`.
    np.take(_words(rows), numbers, axis=0, mode='clip', out=_words(out))


def _words(rows: RowArray) -> NDArray[np.uint32]:
    words: NDArray[np.uint32] = rows.view(np.uint32).reshape(len(rows), -1)
    return words
