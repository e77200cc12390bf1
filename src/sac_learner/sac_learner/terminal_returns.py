# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What really followed shortly before a termination, in place of what the critics expect.

Critics that are updated often learn to expect that a fall can still be avoided: their own estimate
of the next state is their target, and for actions that were never tried it is too high. A few
steps before a termination nothing of that needs to be estimated: the return is
r_0 + gamma r_1 + ... up to the end (Sutton and Barto 2018, equation 3.8). It is that of the policy
which acted then, so only for as many steps as no other would have saved it.
"""

from __future__ import annotations

import numpy as np
from sac_learner.n_step_return import Drawn, IntArray
from sac_learner.replay_rows import RowArray

_MAX_SESSIONS = 4096  # of more than these, the one that was silent longest is forgotten
_NONE: IntArray = np.empty(0, np.int64)


class TerminalReturns:
    """For each row of a ring, the return up to a termination that follows within some steps.

    :param ring: rows of the storage; number n, counted from 0, is in row n % ring.
    :param steps: transitions before a termination that learn what came, the last one included.
    :param discount: gamma.
    """

    def __init__(self, ring: int, *, steps: int, discount: float) -> None:
        self._steps = steps
        self._discount = discount
        self._returns = np.full(ring, np.nan, np.float32)  # NaN: no such termination
        # Session: its newest numbers, and its next sequence.
        self._recent: dict[int, tuple[IntArray, int]] = {}

    def add(self, rows: RowArray, number: int, count: int, *, session: int, sequence: int) -> None:
        """Take note of rows that are stored, one behind the other, all of one session.

        :param rows: the ring.
        :param number: of the first.
        :param sequence: of the first, in its session.
        """
        ring, stop = len(rows), number + count
        added = np.arange(max(number, stop - ring), stop)
        self._returns[added % ring] = np.nan
        recent, expected = self._recent.pop(session, (_NONE, sequence))
        if expected != sequence or len(added) < count:
            recent = _NONE
        numbers = np.concatenate([recent[recent >= stop - ring], added])
        old = len(numbers) - len(added)
        for end in np.flatnonzero(rows['terminated'][added % ring]) + old:
            places = numbers[max(0, end + 1 - self._steps) : end + 1] % ring
            self._look_back(rows[places], places)
        self._recent[session] = numbers[-self._steps :], sequence + count
        if len(self._recent) > _MAX_SESSIONS:
            del self._recent[next(iter(self._recent))]

    def _look_back(self, rows: RowArray, places: IntArray) -> None:
        """Sum up rewards from a termination, the last of these rows, back to its episode's first.

        As in n_step_return.py, rows may be missing in between.
        """
        total = 0.0
        for n in reversed(range(len(places))):
            row = rows[n]
            if n + 1 < len(places) and (
                row['terminated']
                or row['truncated']
                or (row['next_observations'] != rows[n + 1]['observations']).any()
            ):
                return
            total = float(row['rewards']) + self._discount * total
            self._returns[places[n]] = total

    def put_into(self, drawn: Drawn, numbers: IntArray) -> None:
        """Change drawn transitions that have such a return: nothing is estimated behind them.

        :param numbers: of the transitions as they were drawn.
        """
        returns = self._returns[numbers % len(self._returns)]
        known = ~np.isnan(returns)
        drawn.rows['rewards'][known] = returns[known]
        drawn.bootstrap[known] = 0.0
