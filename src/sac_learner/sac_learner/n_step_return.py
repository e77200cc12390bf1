# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Rewards of up to n steps in one transition, as a batch is drawn.

The critics' target is then r_0 + gamma r_1 + ... + gamma^(k-1) r_(k-1) + gamma^k V(s_k), where the
first k of n steps are of one stream and one episode (Sutton and Barto 2018, equation 7.1). Actions
after the first are those of older policies, which nothing corrects, and their entropy does not
count: short n only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sac_learner.replay_rows import FloatArray, RowArray

IntArray = NDArray[np.int64]
# Of transitions, by number: which are followed by one that is stored, and the numbers of those.
Follow = Callable[[IntArray], tuple[IntArray, IntArray]]
Fetch = Callable[[IntArray], RowArray]


@dataclass(frozen=True)
class Drawn:
    """Drawn transitions.

    :param rows: as they are stored, but for what further steps change: rewards, next_observations
        and the flags of the end are those of all steps together.
    :param bootstrap: (n,), as in a `Batch`.
    """

    rows: RowArray
    bootstrap: FloatArray

    def of_batch(self, name: str) -> NDArray[np.generic]:
        """Give what goes into a field of a `Batch`."""
        return self.bootstrap if name == 'bootstrap' else self.rows[name]


def single_steps(rows: RowArray) -> Drawn:
    """Take transitions as they are."""
    # Only `terminated` ends the return: a truncated episode would have gone on.
    return Drawn(rows, (rows['terminated'] == 0).astype(np.float32))


def sum_steps(
    rows: RowArray,
    numbers: IntArray,
    *,
    n_step: int,
    discount: float,
    follow: Follow,
    fetch: Fetch,
) -> Drawn:
    """Add up to n_step - 1 following transitions to each of some, in place.

    A transition is followed by another where that comes next in its stream, its own flags end
    nothing, and the other begins with the very observation it led to: rows can be missing between
    two, because they were lost, damaged, or not recorded while a person paused the robot.

    :param rows: copies of the transitions; changed.
    :param numbers: of the transitions; changed.
    :param discount: gamma.
    :param follow: looks up followers, for indices into the numbers that it is given.
    :param fetch: copies transitions by number.
    """
    weights = np.ones(len(rows))
    going = np.arange(len(rows))
    for _ in range(n_step - 1):
        going = going[(rows['terminated'][going] | rows['truncated'][going]) == 0]
        followed, following = follow(numbers[going])
        going = going[followed]
        if not len(going):
            break
        added = fetch(following)
        same = (added['observations'] == rows['next_observations'][going]).all(axis=1)
        if not same.all():
            going, following, added = going[same], following[same], added[same]
        numbers[going] = following
        weights[going] *= discount
        rows['rewards'][going] += (weights[going] * added['rewards']).astype(np.float32)
        for name in ('next_observations', 'terminated', 'truncated'):
            rows[name][going] = added[name]
    return Drawn(rows, (weights * (1 - rows['terminated'])).astype(np.float32))
