# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Ranges of transitions, taken in piece by piece: a replay may be larger than the memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIELDS = ('observations', 'actions', 'rewards', 'next_observations')
FLAGS = ('terminated', 'truncated', 'intervened', 'filtered')


class Ranges:
    """Least, mean and greatest of each number of each field, and how often each flag is set."""

    def __init__(self) -> None:
        self.rows = 0
        self._low: dict[str, NDArray[np.float64]] = {}
        self._high: dict[str, NDArray[np.float64]] = {}
        self._sum: dict[str, NDArray[np.float64]] = {}
        self._flags = dict.fromkeys(FLAGS, 0)

    def add(self, field: Callable[[str], NDArray[Any]]) -> None:
        """Take in some rows.

        :param field: gives one of their fields by its name, rows first
        """
        count = len(field(FIELDS[0]))
        if not count:
            return
        self.rows += count
        for name in FIELDS:
            values = np.asarray(field(name), np.float64).reshape(count, -1)
            low, high, total = values.min(axis=0), values.max(axis=0), values.sum(axis=0)
            self._low[name] = np.minimum(self._low.get(name, low), low)
            self._high[name] = np.maximum(self._high.get(name, high), high)
            self._sum[name] = self._sum.get(name, np.zeros_like(total)) + total
        for name in FLAGS:
            self._flags[name] += int(np.count_nonzero(field(name)))

    def facts(self) -> dict[str, Any]:
        """Describe them: of each field 'low', 'mean' and 'high' as lists, and counts of flags."""
        fields = {
            name: {
                'low': self._low[name].tolist(),
                'mean': (self._sum[name] / self.rows).tolist(),
                'high': self._high[name].tolist(),
            }
            for name in FIELDS
            if self.rows
        }
        return {'fields': fields, 'flags': dict(self._flags)}
