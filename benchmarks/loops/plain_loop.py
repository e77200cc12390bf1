# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The loop that everybody writes first: act, then time.sleep for what is left of the period."""

from __future__ import annotations

from collections.abc import Callable
import time

from loops.tick_record import TickRecord


def run_plain_loop(act: Callable[[], None], *, rate: float, seconds: float) -> TickRecord:
    """Tick for a while.

    A tick is due one period after the one before began, for the loop knows nothing better; what
    it loses that way shows as ticks missed.

    :param act: one tick's work
    :param rate: [Hz]
    """
    period_ns = round(1e9 / rate)
    expected = round(seconds * rate)
    record = TickRecord(expected)
    ends_ns = time.monotonic_ns() + round(seconds * 1e9)
    due_ns = time.monotonic_ns()
    while (begun_ns := time.monotonic_ns()) < ends_ns:
        act()
        record.add(due_ns=due_ns, begun_ns=begun_ns, done_ns=time.monotonic_ns())
        due_ns = begun_ns + period_ns
        time.sleep(max(0, due_ns - time.monotonic_ns()) * 1e-9)
    record.missed = expected - record.ticks
    return record
