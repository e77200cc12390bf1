# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The name `latest` among a run's checkpoints: a link, or a file that holds a name.

A file system without links (FAT, exFAT, some network shares) gets the file.
"""

from __future__ import annotations

from pathlib import Path
import shutil

from sac_core.durable_file import sync_directory, write_file

LATEST = 'latest'
_LONGEST_NAME = 255  # bytes


def point_latest(directory: Path, name: str) -> None:
    """Let `latest` be a checkpoint.

    In a run that was copied with its links followed, `latest` is a directory, a second copy of one
    of the checkpoints: it makes way.

    :raises OSError: where it cannot be written; it is then what it was
    """
    latest = directory / LATEST
    new, aside = directory / f'.{LATEST}.partial', directory / f'.{LATEST}.copy.partial'
    new.unlink(missing_ok=True)
    shutil.rmtree(aside, ignore_errors=True)
    try:
        new.symlink_to(name)
    except OSError:
        write_file(new, name.encode())
    if latest.is_dir() and not latest.is_symlink():
        latest.rename(aside)
    new.replace(latest)
    sync_directory(directory)
    shutil.rmtree(aside, ignore_errors=True)


def follow_latest(path: Path) -> Path:
    """Return the checkpoint that `latest` stands for; any other path as it is."""
    if path.name != LATEST or not path.is_file() or path.stat().st_size > _LONGEST_NAME:
        return path
    name = path.read_text(encoding='utf-8', errors='replace').strip()
    if name in ('', '.', '..') or '/' in name or not (path.parent / name).is_dir():
        return path
    return path.parent / name
