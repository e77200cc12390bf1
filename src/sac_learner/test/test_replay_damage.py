# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a power cut or a bad disk damaged is found, told, and never drawn."""

from __future__ import annotations

import errno
import os
from pathlib import Path
import random
import shutil

import pytest
from sac_learner.replay_files.inspection import inspect_replay

from .stored_rows import DiskLearner, identify, rows_on_disk

pytestmark = pytest.mark.timeout(120)
HEADER, ROW, RECORD = 4096, 40, 104
CAPACITY = 1000


def fill(directory: Path, total: int, *, capacity: int = CAPACITY, size: int = 30) -> None:
    learner = DiskLearner(directory, capacity)
    for first in range(learner.replay.total_added, total, size):
        learner.store(first, min(size, total - first))
    learner.close()


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(data)


def reopened(directory: Path, capacity: int = CAPACITY) -> DiskLearner:
    """Open, close and open again: what was mended stays mended, and is told once."""
    report = inspect_replay(directory)
    learner = DiskLearner(directory, capacity)
    numbers = identify(learner.rows())
    assert len(set(numbers)) == len(numbers), 'none is there twice'
    assert len(numbers) == min(report.rows, capacity)
    assert learner.storage.damaged == report.damaged
    learner.close()
    again = DiskLearner(directory, capacity)
    assert again.warnings == []
    assert identify(again.rows()) == numbers
    assert again.storage.damaged == learner.storage.damaged
    assert again.sequences.accounts() == learner.sequences.accounts()
    again.close()
    return learner


def test_a_flipped_byte_in_a_row_costs_its_batch_and_no_more(tmp_path: Path) -> None:
    fill(tmp_path, 300)
    flip(tmp_path / 'rows.bin', HEADER + 100 * ROW + 5)
    learner = reopened(tmp_path)
    assert [line.partition(': ')[2] for line in learner.warnings] == [
        '30 transitions are damaged and left out'
    ]
    assert {n for _, n in identify(learner.rows())} == set(range(300)) - set(range(90, 120))
    assert learner.sequences.next_sequence(1) == 300, 'none of them is asked for again'
    fill(tmp_path, 2000)
    assert rows_on_disk(tmp_path) == [(1, n) for n in range(1000, 2000)]


def test_a_flipped_byte_in_the_newest_batch_cuts_it_off_and_its_actor_is_asked_again(
    tmp_path: Path,
) -> None:
    fill(tmp_path, 300)
    flip(tmp_path / 'rows.bin', HEADER + 299 * ROW)
    learner = reopened(tmp_path)
    (warning,) = learner.warnings
    assert 'the newest 30 transitions are not whole on the disk and are cut off' in warning
    again = DiskLearner(tmp_path)
    assert again.sequences.next_sequence(1) == 270
    assert again.store(270, 40) == 310
    assert again.sequences.account(1).stored == 310
    assert again.store(330, 10, oldest=320) == 320, 'what its actor no longer has is lost'
    assert again.sequences.lost == 10
    again.close()


def test_a_flipped_byte_anywhere_in_either_file_never_gives_a_bad_row(tmp_path: Path) -> None:
    where = random.Random(5)
    fill(tmp_path / 'good', 1400)
    for number in range(40):
        copy = tmp_path / str(number)
        shutil.copytree(tmp_path / 'good', copy)
        path = copy / where.choice(['rows.bin', 'journal.bin'])
        flip(path, where.randrange(path.stat().st_size))
        learner = reopened(copy)
        assert len(learner.rows()) >= CAPACITY - 60


@pytest.mark.parametrize('name', ['rows.bin', 'journal.bin'])
def test_a_header_that_is_damaged_is_made_anew_from_the_other(tmp_path: Path, name: str) -> None:
    fill(tmp_path, 100)
    flip(tmp_path / name, 20)
    learner = reopened(tmp_path)
    assert 'header' in learner.warnings[0]
    assert name in learner.warnings[0]
    assert len(learner.rows()) == 100


def test_two_damaged_headers_are_refused_saying_what_to_do(tmp_path: Path) -> None:
    fill(tmp_path, 100)
    for name in ('rows.bin', 'journal.bin'):
        flip(tmp_path / name, 20)
    with pytest.raises(ValueError, match=r'headers cannot be read .* move it away'):
        DiskLearner(tmp_path)


def test_rows_without_their_journal_are_refused_and_not_overwritten(tmp_path: Path) -> None:
    fill(tmp_path, 100)
    rows = (tmp_path / 'rows.bin').read_bytes()
    (tmp_path / 'journal.bin').unlink()
    with pytest.raises(ValueError, match=r'journal.bin is missing'):
        DiskLearner(tmp_path)
    assert (tmp_path / 'rows.bin').read_bytes() == rows


@pytest.mark.parametrize('kept', [0, 100, HEADER, HEADER + 90 * ROW + 11, HEADER + 299 * ROW])
def test_a_truncated_file_of_rows_is_cut_at_the_last_whole_batch(
    tmp_path: Path, kept: int
) -> None:
    fill(tmp_path, 300)
    with (tmp_path / 'rows.bin').open('r+b') as file:
        file.truncate(kept)
    learner = reopened(tmp_path)
    whole = max(kept - HEADER, 0) // (30 * ROW) * 30
    assert identify(learner.rows()) == [(1, n) for n in range(whole)]
    assert learner.sequences.next_sequence(1) == whole
    again = DiskLearner(tmp_path)
    again.store(300, 10, oldest=300)
    assert again.sequences.lost == 300 - whole
    again.close()


def test_missing_rows_are_all_cut_off_and_their_session_stays_known(tmp_path: Path) -> None:
    fill(tmp_path, 300)
    (tmp_path / 'rows.bin').unlink()
    learner = reopened(tmp_path)
    assert len(learner.rows()) == 0
    assert any('the newest 300 transitions' in line for line in learner.warnings)


@pytest.mark.parametrize('kept', [0, HEADER, HEADER + 50, HEADER + 4 * RECORD, HEADER - 5])
def test_a_truncated_journal_is_cut_at_its_last_whole_record(tmp_path: Path, kept: int) -> None:
    fill(tmp_path, 300)
    with (tmp_path / 'journal.bin').open('r+b') as file:
        file.truncate(kept)
    learner = reopened(tmp_path)
    whole = 30 * max((kept - HEADER) // RECORD - 1, 0)  # the first one tells that it is empty
    assert identify(learner.rows()) == [(1, n) for n in range(whole)]


def test_rows_that_the_disk_cannot_read_any_more_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, 300)
    read, bad = os.pread, HEADER + 100 * ROW

    def pread(descriptor: int, size: int, place: int) -> bytes:
        if place <= bad < place + size:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(descriptor, size, place)

    monkeypatch.setattr(os, 'pread', pread)
    report = inspect_replay(tmp_path)
    assert (report.total, report.rows, report.damaged) == (300, 270, 30)


def power_cut(directory: Path, seed: int) -> int:
    """Leave of what was written since the last sync what the disk happened to have.

    :return: rows that were on the disk for certain
    """
    chance = random.Random(seed)
    capacity, synced = 700, chance.randrange(100, 2500)
    fill(directory, synced, capacity=capacity)
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    fill(directory, synced + chance.randrange(1, 600), capacity=capacity)
    share = chance.random()
    for name in ('rows.bin', 'journal.bin'):
        old = before[name]
        new = bytearray((directory / name).read_bytes())
        for start in range(0, len(new), 512):  # a disk writes sectors
            if chance.random() < share:
                new[start : start + 512] = old[start : start + 512].ljust(512, b'\0')
        if chance.random() < 0.5:
            del new[max(len(old), chance.randrange(len(new))) :]
        (directory / name).write_bytes(new)
    return synced


@pytest.mark.parametrize('seed', range(25))
def test_after_a_power_cut_what_was_synced_is_there_and_nothing_is_torn(
    tmp_path: Path, seed: int
) -> None:
    synced = power_cut(tmp_path, seed)
    report = inspect_replay(tmp_path)
    learner = reopened(tmp_path, capacity=700)
    numbers = [n for _, n in identify(learner.rows())]
    following = learner.sequences.next_sequence(1)
    assert following >= synced
    assert max(numbers, default=-1) < following
    # Over older rows lie some that are not whole themselves, where it had wrapped around.
    assert set(range(max(0, synced - 700 + 600), synced)) <= set(numbers)
    if report.cut or report.damaged:
        assert learner.warnings
