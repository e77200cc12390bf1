# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Processor, memory, disk and clock, measured for about a second."""

from __future__ import annotations

from collections.abc import Iterator
import ctypes
import os
from pathlib import Path
import shutil
import tempfile
import time

from sac_tools.doctor.finding import Finding, judge, NOTE, OK, PROBLEM

_WANTED_CPUS = 4
_WANTED_MEMORY = 4e9  # bytes available
_WANTED_SPACE = 2e9  # bytes; a replay of a million HalfCheetah rows is 0.2 GB
_WANTED_SYNC = 0.05  # [s]
_PROBE_BYTES = 16_000_000
_SLEEPS, _SLEEP = 100, 0.002  # of 2 ms
_LATE = 0.005  # [s]; a quarter of a 50 Hz period
_STA_UNSYNC = 0x0040  # <linux/timex.h>


def check_machine(place: Path) -> Iterator[Finding]:
    """Look at the machine.

    :param place: where runs are written
    """
    cpus, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    yield judge(
        'processors',
        cpus >= _WANTED_CPUS and load < cpus,
        f'{cpus}, load {load:.1f}',
        'the learner wants some for itself: stop other programs, or lower utd_ratio',
    )
    memory = _available_memory()
    yield judge(
        'memory',
        memory >= _WANTED_MEMORY,
        f'{memory / 1e9:.1f} GB available',
        'lower replay_capacity, or stop other programs',
    )
    yield _punctuality()
    yield from _disk(place)
    yield _clock()


def _available_memory() -> float:
    for line in Path('/proc/meminfo').read_text().splitlines():
        if line.startswith('MemAvailable:'):
            return float(line.split()[1]) * 1024
    return 0.0


def _punctuality() -> Finding:
    """Sleep as a control loop does, and see how late it wakes."""
    late = []
    for _ in range(_SLEEPS):
        before = time.perf_counter()
        time.sleep(_SLEEP)
        late.append(time.perf_counter() - before - _SLEEP)
    late.sort()
    return judge(
        'timers',
        late[-1] < _LATE,
        f'wake {late[_SLEEPS // 2] * 1e3:.2f} ms late (median), {late[-1] * 1e3:.2f} ms (longest'
        f' of {_SLEEPS})',
        'the control loop will be late: see rt_priority and cpu_affinity in docs/safety.md',
    )


def _disk(place: Path) -> Iterator[Finding]:
    existing = next(path for path in (place, *place.parents) if path.is_dir())
    free = shutil.disk_usage(existing).free
    yield judge(
        'disk space',
        free >= _WANTED_SPACE,
        f'{free / 1e9:.1f} GB free in {existing}',
        'make room: a run without it goes on training, and stores nothing new',
        otherwise=PROBLEM,
    )
    try:
        with tempfile.NamedTemporaryFile(prefix='.sac_doctor-', dir=existing) as file:
            start = time.perf_counter()
            file.write(os.urandom(1000) * (_PROBE_BYTES // 1000))
            os.fsync(file.fileno())
            rate = _PROBE_BYTES / (time.perf_counter() - start)
            file.write(b'x')
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            sync = time.perf_counter() - start
    except OSError as error:
        yield Finding(
            'disk speed', PROBLEM, f'{existing}: {error.strerror}', 'give run_dir elsewhere'
        )
        return
    yield judge(
        'disk speed',
        sync < _WANTED_SYNC,
        f'{rate / 1e6:.0f} MB/s, {sync * 1e3:.1f} ms for a synced byte in {existing}',
        'slow: network drive or card? the loop does not wait for it, acknowledgements do',
    )


def _clock() -> Finding:
    # struct timex is 208 bytes on 64-bit Linux; its mode 0 asks only. Its status is at byte 40.
    buffer = ctypes.create_string_buffer(256)
    if ctypes.CDLL(None).adjtimex(buffer) < 0:
        return Finding('clock', OK, 'the kernel does not tell whether it is synchronized')
    status = int.from_bytes(buffer.raw[40:44], 'little')
    if status & _STA_UNSYNC:
        advice = 'two machines need one time, such as by chrony; ages are wrong otherwise'
        return Finding('clock', NOTE, 'not synchronized by NTP', advice)
    return Finding('clock', OK, 'synchronized')
