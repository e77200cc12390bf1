# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which stored transition came next in the stream of its actor, where several take turns."""

from __future__ import annotations

import numpy as np
from sac_learner.n_step_return import IntArray

_MAX_SESSIONS = 4096  # of more than these, the one that was silent longest is forgotten


class NextIndex:
    """For each row of a ring, how many rows later the next one of its session is.

    :param ring: rows of the storage; number n, counted from 0, is in row n % ring.
    """

    def __init__(self, ring: int) -> None:
        self._distances = np.zeros(ring, np.int32)  # 0: none yet
        self._ends: dict[int, tuple[int, int]] = {}  # session: its newest number, next sequence

    def add(self, number: int, count: int, *, session: int, sequence: int) -> None:
        """Take note of rows that are stored, one behind the other, all of one session.

        :param number: of the first.
        :param sequence: of the first, in its session.
        """
        ring, stop = len(self._distances), number + count
        self._distances[np.arange(max(number, stop - ring), stop) % ring] = 1
        self._distances[(stop - 1) % ring] = 0
        newest, expected = self._ends.pop(session, (-ring, -1))
        if expected == sequence and stop - newest <= ring:  # it is not overwritten
            self._distances[newest % ring] = number - newest
        self._ends[session] = stop - 1, sequence + count
        if len(self._ends) > _MAX_SESSIONS:
            del self._ends[next(iter(self._ends))]

    def follow(self, numbers: IntArray, stop: int) -> tuple[IntArray, IntArray]:
        """Look up the next row of each session.

        :param stop: rows from this number on do not count yet.
        :return: which of the numbers have one, as indices, and its number.
        """
        distances = self._distances[numbers % len(self._distances)]
        following = numbers + distances
        followed = np.flatnonzero((distances > 0) & (following < stop))
        return followed, following[followed]
