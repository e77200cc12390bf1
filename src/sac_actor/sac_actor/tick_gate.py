# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps other work away from the moment at which a tick is due.

Python runs one thread at a time: a tick that wakes up while another thread is at work must wait
for it to let go. And a thread under SCHED_FIFO that works without pause is stopped by Linux for
50 ms of each second (man 7 sched, sched_rt_runtime_us), with Python's lock in its hand. Both
happen under a flood of messages, unless the thread that takes them rests around each tick.
"""

from __future__ import annotations

from collections.abc import Callable
import time

_MARGIN = 0.1  # share of a period before a tick in which nothing else is begun
_PATIENCE = 0.5  # share of a period after which a tick that does not come is no longer waited for
_GLANCE = 0.0001  # [s] between two looks whether the tick is over


class TickGate:
    """Where the control thread announces its ticks, and others wait for them; without a lock.

    :param period_ns: between two ticks
    :param clock: monotonic [ns]
    :param sleep: waits that many seconds
    """

    def __init__(
        self,
        period_ns: int,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._margin_ns = round(_MARGIN * period_ns)
        self._patience_ns = round(_PATIENCE * period_ns)
        self._clock = clock
        self._sleep = sleep
        self.due_ns = 0  # when the tick begins that is not over yet; 0: none is coming

    def yield_to_tick(self) -> None:
        """Return when there is time for a short piece of work before the next tick."""
        due_ns = self.due_ns
        while due_ns and due_ns == self.due_ns:
            left_ns = due_ns - self._clock()
            if not -self._patience_ns < left_ns < self._margin_ns:
                return
            self._sleep(max(left_ns * 1e-9, _GLANCE))
