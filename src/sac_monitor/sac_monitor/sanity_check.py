# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Refuses reports that cannot be true, so that one of them does not spoil the records of a run."""

from __future__ import annotations

from collections.abc import Callable
import math
import time

from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport

_LARGEST = 10**12  # of any count: 600 years at 50 Hz
_FASTEST = 100_000  # counts per second, far above any simulator
_SLACK = 1_000_000  # counts: what may have been done before it was heard
_MOST_COUNTS = 2000  # a thousand actors
_GROWING = ('env_steps', 'episodes', 'learner_steps')


class SanityCheck:
    """Compares what a node reports with what it reported before.

    :param clock: monotonic time [s]
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[int, float]] = {}  # count, and when it was heard

    def check(self, report: ActorReport | LearnerReport | EpisodeReport) -> None:
        """Check a report.

        :raises ValueError: naming the field and what is wrong with it
        """
        if isinstance(report, LearnerReport):
            name, session = 'learner', report.learner_session
        else:
            name, session = report.actor, report.actor_session
        if session < 1:
            raise ValueError(f'the session must be above 0, got {session}')
        if isinstance(report, EpisodeReport):
            if not math.isfinite(report.episode_return):
                raise ValueError(f'episode_return must be finite, got {report.episode_return}')
            if report.length < 1:
                raise ValueError(f'length must be at least 1, got {report.length}')
        for field in _GROWING:
            if hasattr(report, field):
                self._check_growth(name, field, getattr(report, field))

    def _check_growth(self, name: str, field: str, count: int) -> None:
        if count > _LARGEST:
            raise ValueError(f'{field} must be at most {_LARGEST}, got {count}')
        now = self._clock()
        known = self._known.get((name, field))
        if known is not None:
            largest = round(known[0] + _SLACK + _FASTEST * (now - known[1]))
            if count > largest:
                raise ValueError(f'{field} cannot have grown from {known[0]} to {count}')
            if count <= known[0]:
                return
        elif len(self._known) >= _MOST_COUNTS:
            raise ValueError(f'more nodes report than can be, {name} is one of them')
        self._known[name, field] = (count, now)
