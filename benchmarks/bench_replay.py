# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The replay buffer in memory: rates of storing and drawing, and bytes of memory a transition."""

from __future__ import annotations

import argparse
from collections.abc import Callable
import os
from pathlib import Path
from statistics import median
import time

from filled_replay import random_rows
from options import emit, parse, processors
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_storage import ReplayStorage

OBSERVATION_DIM, ACTION_DIM = 17, 6  # HalfCheetah
CAPACITY = 1_000_000
INSERTS = (1, 30, 1000)  # 30 is what an actor sends at once
SAMPLES = (256, 2048, 5120)  # one critic update; a learner step at UTD 8; at UTD 20


def per_second(call: Callable[[], object], *, rounds: int, seconds: float) -> list[float]:
    """:return: calls per second in each round"""
    rates = []
    for _ in range(rounds):
        calls, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            call()
            calls += 1
        rates.append(calls / (time.perf_counter() - start))
    return rates


def resident_bytes() -> int:
    """:return: memory that this process holds"""
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages * os.sysconf('SC_PAGE_SIZE')


def main() -> None:
    """Fill a buffer of the default capacity, then measure."""
    options = parse(argparse.ArgumentParser(description=__doc__))
    rounds, seconds = (3, 0.1) if options.quick else (7, 0.5)
    rows = {count: random_rows(count, OBSERVATION_DIM, ACTION_DIM) for count in INSERTS}
    before = resident_bytes()
    storage = ReplayStorage.in_memory(CAPACITY, OBSERVATION_DIM, ACTION_DIM)
    buffer = ReplayBuffer(storage, seed=0)
    while len(buffer) < CAPACITY:
        buffer.add_batch(**rows[1000])
    used = resident_bytes() - before
    emit(
        bench='replay',
        case='memory',
        transitions=CAPACITY,
        megabytes=round(used / 1e6, 1),
        bytes_per_transition=round(used / CAPACITY, 1),
    )
    for count in INSERTS:
        rates = per_second(
            lambda given=rows[count]: buffer.add_batch(**given),  # type: ignore[misc]
            rounds=rounds,
            seconds=seconds,
        )
        _report('insert', count, rates)
    for count in SAMPLES:
        rates = per_second(lambda n=count: buffer.sample(n), rounds=rounds, seconds=seconds)  # type: ignore[misc]
        _report('sample', count, rates)


def _report(what: str, count: int, rates: list[float]) -> None:
    emit(
        bench='replay',
        case=f'{what} {count}',
        **processors(),
        us_per_call=round(1e6 / median(rates), 1),
        us_per_call_range=[round(1e6 / max(rates), 1), round(1e6 / min(rates), 1)],
        transitions_per_s=round(count * median(rates)),
    )


if __name__ == '__main__':
    main()
