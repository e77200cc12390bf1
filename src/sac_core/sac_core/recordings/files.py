# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the files of a recording."""

from __future__ import annotations

from pathlib import Path
import re

RECORDING_DIRECTORY = 'recording'  # in the directory of a run
SUFFIX = '.mcap'


def recording_files(path: Path) -> list[Path]:
    """List the files of a recording in the order in which they were written.

    :param path: a file, the directory of a recording, or that of a run that was recorded
    :raises ValueError: where there is none
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ValueError(f'recording {path} does not exist')
    own = path / RECORDING_DIRECTORY
    # rosbag2's -o run.mcap makes a directory of that name.
    found = (own if own.is_dir() else path).rglob(f'*{SUFFIX}')
    files = sorted((each for each in found if each.is_file()), key=_by_numbers)
    if not files:
        raise ValueError(f'recording {path} holds no {SUFFIX} file')
    return files


def _by_numbers(path: Path) -> list[tuple[int, str]]:
    """Sort key by which 2 comes before 10."""
    # Digits of ASCII: int() reads no superscript, and others mean no order of ours.
    words = re.split(r'([0-9]+)', str(path))
    return [(int(word), '') if place % 2 else (-1, word) for place, word in enumerate(words)]
