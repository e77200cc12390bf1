# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Explains every missed or repeated tick in a line for the log, away from the control loop."""

from __future__ import annotations

from collections.abc import Iterator

from sac_actor.actor_stats import ActorStats
from sac_actor.cpu_steal import CpuSteal


class IrregularTicks:
    """Compares the figures of an actor with those of the last call.

    :param stolen_time: why a loop on a virtual machine runs late
    """

    def __init__(self, stolen_time: CpuSteal | None = None) -> None:
        self._stolen_time = stolen_time or CpuSteal()
        self._overruns = 0
        self._stale_ticks = 0

    def explain(self, stats: ActorStats) -> Iterator[str]:
        """Yield a line for each kind of irregularity since the last call."""
        late = stats.overruns - self._overruns
        stale = stats.stale_ticks - self._stale_ticks
        self._overruns, self._stale_ticks = stats.overruns, stats.stale_ticks
        stolen = self._stolen_time.take()
        if late:
            host = f'; the host of this machine took {stolen:.0%} of its time' if stolen else ''
            longest = f'{stats.period_max * 1e3:.0f} ms'
            ran_late = f'the loop ran late, its longest period was {longest}'
            yield f'missed ticks: {late}; {ran_late}{host}'
        if stale:
            yield f'ticks without a fresh observation: {stale}; the last command was repeated'
