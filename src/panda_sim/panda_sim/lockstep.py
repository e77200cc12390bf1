# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""When the next step may be simulated: no topic's order against another's matters."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import Enum


class Request(Enum):
    """What a request to advance leads to."""

    WAIT = 'its target has not come yet'
    SIMULATE = 'simulate one step'
    REPEAT = 'publish the state again'


class Lockstep:
    """
    Step n, from n-1 to n, needs a request for n and targets stamped no earlier than n-1.

    :param step_duration: s
    :param sources: says from where targets are to be expected: a pose comes with the posture that
        goes with it, each on its topic; nothing: from where one has come
    """

    def __init__(self, step_duration: float, sources: Callable[[], Collection[str]] = set) -> None:
        self._step = round(step_duration * 1e9)
        self._sources = sources
        self.tick = 0
        self._requested = 0
        self._stamps: dict[str, int] = {}  # of the newest target from each source (ns)

    @property
    def stamp(self) -> int:
        """:return: simulated time (ns)"""
        return self.tick * self._step

    def request(self, tick: int) -> Request:
        """Take in the number that an `advance` named."""
        if tick != self.tick + 1:
            # An answer was lost, or the other side begins anew: it reads the stamp.
            return Request.REPEAT
        is_asked_again = self._requested == tick
        self._requested = tick
        return self._next(is_enough=is_asked_again)

    def target(self, stamp: int, source: str = '') -> Request:
        """Take in the stamp (ns) of a target; one without a stamp is never late."""
        self._stamps[source] = max(self._stamps.get(source, -1), stamp or self.stamp)
        return self._next()

    def simulated(self) -> None:
        """The step was simulated."""
        self.tick += 1

    def _next(self, *, is_enough: bool = False) -> Request:
        """:param is_enough: who asks again has sent all that there is: one source will do"""
        fresh = {source for source, stamp in self._stamps.items() if stamp >= self.stamp}
        if self._requested != self.tick + 1 or not fresh:
            return Request.WAIT
        is_due = is_enough or fresh.issuperset(self._sources() or self._stamps)
        return Request.SIMULATE if is_due else Request.WAIT
