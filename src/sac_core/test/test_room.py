# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What will take much of a machine is told in one line, with a value that would not."""

from pathlib import Path
import shutil

from sac_core.room import memory_size, size_warning

GB = 1_000_000_000


def test_what_takes_little_is_no_word_worth(tmp_path: Path) -> None:
    assert size_warning('replay', 1000, 100, directory=tmp_path, memory=8 * GB) == ''


def test_more_than_a_quarter_of_memory_is_told_with_what_would_fit() -> None:
    line = size_warning('replay_capacity', 1_000_000, 16_400, directory=None, memory=24 * GB)
    assert line == (
        'replay_capacity 1,000,000 of 16,400 bytes each will take up to 16.4 GB; here are 24.0 GB'
        ' of memory: a replay_capacity of 360,000 would take a quarter'
    )


def test_a_disk_is_counted_without_what_the_file_has_already(tmp_path: Path) -> None:
    size = shutil.disk_usage(tmp_path).free // 2
    rows = size // 1000
    huge = 1 << 60
    line = size_warning('queue', rows, 1000, directory=tmp_path, memory=huge)
    assert f'GB free in {tmp_path}: a queue of ' in line
    assert not size_warning('queue', rows, 1000, directory=tmp_path, memory=huge, taken=4 * size)


def test_a_machine_has_memory() -> None:
    assert 1 << 26 < memory_size() < 1 << 50
