# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What all benchmarks share: options, the choice of processors, one JSON line for each result."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
import signal
import sys


def parse(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Add the common options, read the command line and keep to the processors it names.

    From then on SIGTERM unwinds, so that no contestant, neighbor or robot is left behind.
    """
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    parser.add_argument('--quick', action='store_true', help='few and short rounds')
    parser.add_argument('--cpus', type=int, help='run everything on so many processors')
    options = parser.parse_args()
    if options.cpus is not None:
        keep_to(options.cpus)
    return options


def keep_to(count: int) -> None:
    """Pin this process and its children to `count` processors, on distinct cores if possible.

    What shares a core is as the kernel tells; that of a virtual machine may not know.
    """
    available = sorted(os.sched_getaffinity(0))
    if not 1 <= count <= len(available):
        sys.exit(f'--cpus must be in 1..{len(available)} here, got {count}')
    os.sched_setaffinity(0, choose(available, {cpu: _siblings(cpu) for cpu in available}, count))


def choose(available: list[int], siblings: dict[int, frozenset[int]], count: int) -> list[int]:
    """Take one processor of each core, then, where there are not enough, the second ones."""
    taken: list[int] = []
    waiting = list(available)
    while len(taken) < count:
        cores: set[frozenset[int]] = set()
        for cpu in list(waiting):
            if siblings[cpu] not in cores and len(taken) < count:
                cores.add(siblings[cpu])
                taken.append(cpu)
                waiting.remove(cpu)
    return sorted(taken)


def _siblings(cpu: int) -> frozenset[int]:
    path = Path(f'/sys/devices/system/cpu/cpu{cpu}/topology/core_cpus_list')
    try:
        text = path.read_text().strip()
    except OSError:
        return frozenset({cpu})
    members: set[int] = set()
    for part in text.split(','):
        first, _, last = part.partition('-')
        members |= set(range(int(first), int(last or first) + 1))
    return frozenset(members)


def processors() -> dict[str, object]:
    """Describe where this runs: how many processors, which, and the load of the last minute."""
    cpus = sorted(os.sched_getaffinity(0))
    return {'cpus': len(cpus), 'cpu_list': cpus, 'load': round(os.getloadavg()[0], 1)}


def emit(**result: object) -> None:
    """Print one result."""
    print(json.dumps(result), flush=True)
