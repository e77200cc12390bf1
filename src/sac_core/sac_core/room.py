# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Says before it happens that something will take much of this machine's memory or disk."""

from __future__ import annotations

import os
from pathlib import Path
import shutil

_MUCH = 0.25  # share of memory, or of the free disk
_CGROUP_LIMIT = Path('/sys/fs/cgroup/memory.max')  # of a container


def memory_size() -> int:
    """Return the memory of this machine, or of this container [bytes]."""
    size = os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    try:
        return min(size, int(_CGROUP_LIMIT.read_text(encoding='ascii')))
    except (OSError, ValueError):  # none, or 'max'
        return size


def size_warning(
    name: str, rows: int, row_size: int, *, directory: Path | None, memory: int, taken: int = 0
) -> str:
    """Return what a setting will take, empty where it is little.

    :param name: of the setting whose value is `rows`
    :param row_size: [bytes]
    :param directory: where its file lies; None: it has none
    :param memory: of the machine [bytes]
    :param taken: of the file already [bytes]
    """
    size, limits = rows * row_size, [memory]
    told, quarter = f'{memory / 1e9:.1f} GB of memory', 'a quarter'
    if directory is not None:
        free = shutil.disk_usage(directory).free + taken
        limits.append(free)
        told += f' and {free / 1e9:.1f} GB free in {directory}'
        quarter += ' of the smaller'
    if size <= _MUCH * min(limits):
        return ''
    fits = _two_digits(int(_MUCH * min(limits) / row_size))
    return (
        f'{name} {rows:,} of {row_size:,} bytes each will take up to {size / 1e9:.1f} GB; here are'
        f' {told}: a {name} of {fits:,} would take {quarter}'
    )


def _two_digits(number: int) -> int:
    """Round down to two digits."""
    unit = int(10 ** max(0, len(str(number)) - 2))
    return number // unit * unit
