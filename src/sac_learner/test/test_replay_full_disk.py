# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""While a disk takes no more, rows wait in memory, are drawn, and are not acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
import errno
import os
from pathlib import Path
import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
from sac_learner.replay_files.inspection import inspect_replay
from sac_learner.replay_files.sync_thread import SyncThread

from .stored_rows import DiskLearner, identify, rows_on_disk

pytestmark = pytest.mark.timeout(60)


class Disk:
    """Stands for the file system: takes no more while it is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self.writes_left = 10**9
        self._write = os.pwrite
        monkeypatch.setattr(os, 'pwrite', self.pwrite)

    def pwrite(self, descriptor: int, data: bytes, offset: int) -> int:
        self.writes_left -= 1
        if self.full or self.writes_left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.writes_left == 0:  # the last block is not enough for all
            return self._write(descriptor, bytes(data)[: len(data) // 2], offset)
        return self._write(descriptor, data, offset)


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.mark.parametrize('writes', [0, 1, 2, 3])
def test_what_the_disk_does_not_take_is_there_and_not_acknowledged(
    tmp_path: Path, disk: Disk, writes: int
) -> None:
    clock = Clock()
    learner = DiskLearner(tmp_path, clock=clock)
    assert learner.store(0, 30) == 30
    disk.writes_left = writes  # two writes are one batch: its rows, its record
    for first in range(30, 300, 30):
        acknowledged = learner.store(first, 30)
    saved = 60 if writes > 2 else 30
    assert acknowledged == saved
    assert learner.storage.unsaved == 300 - saved
    assert learner.storage.problem == 'No space left on device'
    assert identify(learner.rows()) == [(1, n) for n in range(300)]
    assert rows_on_disk(tmp_path) == [(1, n) for n in range(saved)]

    disk.writes_left = 10**9
    assert learner.storage.retry() == [], 'not at every opportunity'
    clock.now += 2.0
    assert learner.storage.retry() == [1]
    assert (learner.storage.unsaved, learner.storage.problem) == (0, '')
    assert learner.store(300, 10) == 310
    assert identify(learner.rows()) == [(1, n) for n in range(310)]
    assert rows_on_disk(tmp_path) == [(1, n) for n in range(310)]
    learner.close()


@settings(max_examples=40, deadline=None)
@given(
    events=st.lists(
        st.tuples(st.sampled_from(['store', 'store', 'full', 'free']), st.integers(0, 60)),
        max_size=40,
    )
)
def test_however_often_the_disk_is_full_what_is_acknowledged_is_on_it(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[str, int]]
) -> None:
    directory, clock = tmp_path_factory.mktemp('replay'), Clock()
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch)
        learner = DiskLearner(directory, 200, clock=clock)
        total = 0
        for name, number in events:
            if name == 'store' and number:
                total += number
                acknowledged = learner.store(total - number, number)
                assert inspect_replay(directory).total >= acknowledged
            elif name == 'full':
                disk.writes_left = number % 4
            elif name == 'free':
                disk.writes_left = number if number % 2 else 10**9  # it may be full again soon
                clock.now += 2.0
                learner.storage.retry()
        wanted = [(1, n) for n in range(max(0, total - 200), total)]
        assert identify(learner.rows()) == wanted
        report = inspect_replay(directory)
        assert report.damaged == report.cut == 0
        disk.writes_left = 10**9
        learner.close()
    assert rows_on_disk(directory) == wanted
    assert inspect_replay(directory).total == total


def test_a_disk_that_does_not_keep_what_it_took_is_reported_until_it_does() -> None:
    failing = [True, True, False]
    states: list[str] = []

    def sync() -> None:
        states.append(thread.problem)
        if failing and failing.pop(0):
            raise OSError(errno.EIO, 'Input/output error')

    thread = SyncThread(0.001, sync)
    thread.note_written()
    while failing:
        os.sched_yield()
    thread.close()
    assert states[:3] == ['', 'not synced: Input/output error', 'not synced: Input/output error']
    assert thread.problem == ''


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 600 KB, in memory."""
    path = tmp_path / 'disk'
    path.mkdir()
    mounted = subprocess.run(
        ['mount', '-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', path], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f'no file system may be mounted here: {mounted.stderr.strip()}')
    yield path
    subprocess.run(['umount', '-l', path], check=True)


def remount(path: Path, options: str) -> None:
    subprocess.run(['mount', '-o', f'remount,{options}', path], check=True)


def test_on_a_real_disk_that_is_full_and_then_larger(small_disk: Path) -> None:
    clock, directory = Clock(), small_disk / 'replay'
    learner = DiskLearner(directory, 100_000, clock=clock)
    for first in range(0, 30_000, 100):
        acknowledged = learner.store(first, 100)
    assert 5_000 < acknowledged < 20_000
    assert learner.storage.problem == 'No space left on device'
    assert identify(learner.rows()) == [(1, n) for n in range(30_000)]
    assert len(rows_on_disk(directory)) == acknowledged
    remount(small_disk, 'size=8m')
    clock.now += 2.0
    assert learner.storage.retry() == [1]
    learner.close()
    again = DiskLearner(directory, 100_000)
    assert (again.warnings, len(again.rows())) == ([], 30_000)
    again.close()


def test_a_read_only_directory_is_refused_with_one_clear_line(small_disk: Path) -> None:
    remount(small_disk, 'ro')
    with pytest.raises(ValueError, match=r'replay_dir .* cannot be used: Read-only file system'):
        DiskLearner(small_disk / 'replay')
