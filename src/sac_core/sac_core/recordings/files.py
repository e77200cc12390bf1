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
    files = sorted((own if own.is_dir() else path).rglob(f'*{SUFFIX}'), key=_by_numbers)
    if not files:
        raise ValueError(f'recording {path} holds no {SUFFIX} file')
    return files


def _by_numbers(path: Path) -> list[tuple[int, str]]:
    """Sort key by which 2 comes before 10."""
    words = re.split(r'(\d+)', str(path))
    return [(int(word), '') if word.isdigit() else (-1, word) for word in words]
