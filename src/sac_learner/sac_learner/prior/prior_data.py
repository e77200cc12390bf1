# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Transitions of recordings, as a learner draws from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
import zlib

import numpy as np
from numpy.typing import NDArray
from sac_core.recordings.transitions import read_transitions, RecordedTransitions
from sac_core.spaces import RobotSpec
from sac_learner.replay_rows import row_type, RowArray

CHOICES = ('all', 'intervened', 'successful')


@dataclass(frozen=True, eq=False)
class PriorData:
    """What recordings gave.

    :param spec: of the robot that was recorded
    :param rows: of `row_type`, at least one, in the order of sessions and sequence numbers
    :param checksum: of the rows: the same draws from other rows would not be the same run
    """

    spec: RobotSpec
    rows: RowArray
    checksum: int


def load_prior_data(
    recordings: Sequence[str], *, choice: str, warn: Callable[[str], None]
) -> PriorData:
    """Read recordings.

    :param recordings: each a file, the directory of a recording, or that of a run
    :param choice: which transitions to take: 'all', 'intervened' where a person chose the action,
        'successful' those of episodes that achieved the task
    :param warn: takes a line about what is damaged and left out
    :raises ValueError: for no recording at all, one of several robots, or nothing to take
    """
    try:
        recorded = read_transitions([Path(each).expanduser() for each in recordings], warn)
    except OSError as error:
        raise ValueError(f'prior_data cannot be read: {error}') from error
    except ValueError as error:
        raise ValueError(f'prior_data: {error}') from error
    chosen = _chosen(recorded, choice)
    if not chosen.any():
        raise ValueError(
            f'prior_data holds {len(chosen)} transitions, but none for prior_rows {choice!r}'
        )
    rows = np.zeros(
        int(chosen.sum()), row_type(recorded.spec.observation_dim, recorded.spec.action_dim)
    )
    for name in rows.dtype.names or ():
        rows[name] = getattr(recorded.rows, name)[chosen]
    return PriorData(recorded.spec, rows, zlib.crc32(rows.tobytes()))


def _chosen(recorded: RecordedTransitions, choice: str) -> NDArray[np.bool_]:
    if choice == 'intervened':
        return recorded.rows.intervened.astype(bool)
    if choice == 'successful':
        return recorded.successful
    return np.ones(len(recorded.rows), bool)
