# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Processor time of single processes, as the kernel counts it."""

from __future__ import annotations

import os
from pathlib import Path
import time

_USER = 11  # position after the name, of user and system time, those of ended children last


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process and its ended children so far [s]."""
    # The name stands in brackets and may hold anything.
    words = Path(f'/proc/{pid}/stat').read_text(encoding='ascii', errors='replace')
    times = words.rpartition(')')[2].split()[_USER : _USER + 4]
    return sum(map(int, times)) / os.sysconf('SC_CLK_TCK')


class ProcessorShares:
    """Measures the share of one processor that each of some processes takes.

    :param pids: of the processes, by name
    """

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._begun = time.monotonic()
        self._before = {name: processor_seconds(pid) for name, pid in pids.items()}

    def percent(self) -> dict[str, float]:
        """Return the shares since the beginning, 100 for a whole processor."""
        passed = time.monotonic() - self._begun
        return {
            name: round(100 * (processor_seconds(pid) - self._before[name]) / passed, 1)
            for name, pid in self._pids.items()
        }
