# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Processor time that the host of a virtual machine withheld: why a loop runs late."""

from __future__ import annotations

from pathlib import Path

_STEAL = 7  # position among the numbers of the line 'cpu' (man 5 proc_stat)


class CpuSteal:
    """Measures the share of stolen time between two looks.

    :param source: file in the format of /proc/stat
    """

    def __init__(self, source: Path = Path('/proc/stat')) -> None:
        self._source = source
        self._last = self._read()

    def take(self) -> float:
        """Return the share of all processor time since the last call, 0 where it is not known."""
        total, stolen = self._read()
        total_then, stolen_then = self._last
        self._last = (total, stolen)
        return (stolen - stolen_then) / (total - total_then) if total > total_then else 0.0

    def _read(self) -> tuple[int, int]:
        try:
            with self._source.open() as file:
                times = [int(word) for word in file.readline().split()[1:9]]
        except (OSError, ValueError):
            return 0, 0
        return (sum(times), times[_STEAL]) if len(times) > _STEAL else (0, 0)
