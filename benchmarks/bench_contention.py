# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What busy neighbors cost: steps per second beside other processes, as a share of those alone.

A learner whose threads wait for each other by spinning loses everything to a neighbor: what it
spins on a core is what the thread it waits for would have needed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
import os
from statistics import median
import subprocess
import sys
from typing import Any

from options import emit, parse, processors
from sac_core.child_process import bound_to_this_process
from turns import contestants, prepare, take_turns

NO_COMPILER = {'CXX': '/no-compiler'}  # makes the learner fall back to torch
ENTRANTS: dict[str, dict[str, Any]] = {
    'ours': {'module': 'ours'},
    'ours_without_native_core': {'module': 'ours', 'environment': NO_COMPILER},
    'cleanrl': {'module': 'cleanrl'},
}


@contextmanager
def neighbors(count: int) -> Iterator[None]:
    """Keep `count` processes busy."""
    command = [sys.executable, '-c', 'while True: pass']
    busy = [subprocess.Popen(command, preexec_fn=bound_to_this_process()) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def main() -> None:
    """Measure alone, then beside more and more neighbors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=2.0, help='of each turn')
    options = parse(parser)
    if options.quick:
        options.rounds, options.seconds = 1, 0.5
        del ENTRANTS['ours_without_native_core']
    cpus = len(os.sched_getaffinity(0))
    with contestants(**ENTRANTS) as started:
        described = prepare(started, {})
        alone: dict[str, float] = {}
        for count in (0, cpus) if options.quick else (0, 1, cpus // 2, cpus, 2 * cpus):
            with neighbors(count):
                rates = take_turns(
                    started, list(described), rounds=options.rounds, seconds=options.seconds
                )
            for name, rate in rates.items():
                alone.setdefault(name, median(rate))
                emit(
                    bench='contention',
                    case=name,
                    neighbors=count,
                    device=described[name],
                    **processors(),
                    steps_per_s=round(median(rate), 2),
                    steps_per_s_range=[round(min(rate), 2), round(max(rate), 2)],
                    of_alone=round(median(rate) / alone[name], 3),
                )


if __name__ == '__main__':
    main()
