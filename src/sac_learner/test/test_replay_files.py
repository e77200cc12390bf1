# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A replay on disk is found again as it was left, and refused where it is not what is wanted."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
from sac_learner.replay_files.disk_storage import DiskStorage
from sac_learner.replay_files.inspection import inspect_replay
from sac_learner.replay_files.layout import BLOCK_ROWS

from .stored_rows import DiskLearner, identify, layout, rows_on_disk

pytestmark = pytest.mark.timeout(60)


def test_a_new_replay_takes_no_space_for_rows_that_it_does_not_have(tmp_path: Path) -> None:
    learner = DiskLearner(tmp_path / 'run' / 'replay', capacity=1_000_000)
    learner.store(0, 30)
    used = sum(os.stat(path).st_blocks * 512 for path in (tmp_path / 'run' / 'replay').iterdir())
    learner.close()
    assert used < 200_000


def test_rows_sessions_and_counts_are_found_again(tmp_path: Path) -> None:
    learner = DiskLearner(tmp_path)
    for first in (0, 30, 30, 90, 60):
        learner.store(first, 30)
    learner.store(100, 20, session=2, oldest=100)
    learner.store(140, 20, session=2, oldest=130)
    learner.store(130, 5, session=2, oldest=130)
    accounts, rows = learner.sequences.accounts(), learner.rows()
    learner.close()
    again = DiskLearner(tmp_path)
    assert identify(again.rows()) == identify(rows)
    assert [a.stored for a in again.sequences.accounts()] == [a.stored for a in accounts]
    assert again.sequences.lost == learner.sequences.lost == 10
    assert again.sequences.next_sequence(1) == 90
    assert again.storage.policy_version == 13
    assert [(b.total, b.count, b.learner_steps) for b in again.storage.batches_after(60)] == [
        (90, 30, 60),
        (110, 20, 100),
        (115, 5, 130),
    ]
    assert again.warnings == []
    again.close()


@settings(max_examples=30, deadline=None)
@given(
    capacity=st.integers(1, 3000),
    batches=st.lists(st.integers(1, BLOCK_ROWS), max_size=15),
    restarts=st.sets(st.integers(0, 14), max_size=4),
)
def test_through_restarts_it_holds_the_newest_rows_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    capacity: int,
    batches: list[int],
    restarts: set[int],
) -> None:
    directory = tmp_path_factory.mktemp('replay')
    learner = DiskLearner(directory, capacity)
    total = 0
    for index, count in enumerate(batches):
        assert learner.store(total, count) == total + count
        total += count
        if index in restarts:
            learner.close()
            learner = DiskLearner(directory, capacity)
        assert (learner.replay.total_added, len(learner.replay)) == (total, min(total, capacity))
    wanted = [(1, n) for n in range(max(0, total - capacity), total)]
    assert identify(learner.rows()) == wanted
    learner.close()
    assert rows_on_disk(directory) == wanted


def test_a_report_tells_what_is_there_also_while_it_is_used(tmp_path: Path) -> None:
    learner = DiskLearner(tmp_path, capacity=50)
    for first in (0, 30, 60, 60):
        learner.store(first, 30)
    learner.store(0, 5, session=9)
    report = inspect_replay(tmp_path)
    learner.close()
    assert (report.total, report.rows, report.damaged, report.cut) == (95, 50, 0, 0)
    assert (report.layout.env_id, report.lost) == ('Fake-v0', 0)
    assert {a.session: a.stored for a in report.sessions} == {1: 90, 9: 5}


def test_two_learners_cannot_use_one_directory(tmp_path: Path) -> None:
    learner = DiskLearner(tmp_path)
    with pytest.raises(ValueError, match=f'replay_dir {tmp_path} is in use by another learner'):
        DiskLearner(tmp_path)
    learner.close()
    DiskLearner(tmp_path).close()


@pytest.mark.parametrize(
    ('changed', 'message'),
    [
        ({'env_id': 'Other-v1'}, "env_id 'Fake-v0' against 'Other-v1'"),
        ({'action_dim': 7}, 'action_dim 2 against 7'),
        ({'capacity': 2000, 'observation_dim': 4}, 'replay_capacity 1000 against 2000, observ'),
    ],
)
def test_a_replay_of_another_robot_or_size_is_refused_naming_the_fields(
    tmp_path: Path, changed: dict[str, int | str], message: str
) -> None:
    DiskLearner(tmp_path).close()
    with pytest.raises(ValueError, match=message):
        DiskStorage(tmp_path, layout(**changed), sync_period=1.0, warn=print)  # type: ignore[arg-type]
    DiskLearner(tmp_path).close()


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    with pytest.raises(ValueError, match=r'replay_dir .*/file/replay cannot be used: Not a dir'):
        DiskLearner(tmp_path / 'file' / 'replay')


def test_a_journal_that_grew_too_long_is_written_anew_at_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('sac_learner.replay_files.scan.SPARE_BYTES', 1000)
    learner = DiskLearner(tmp_path, capacity=100)
    learner.store(0, 7, session=4)
    for n in range(400):
        learner.store(n, 1)
    learner.close()
    size = (tmp_path / 'journal.bin').stat().st_size
    again = DiskLearner(tmp_path, capacity=100)
    assert (tmp_path / 'journal.bin').stat().st_size < size / 2
    assert identify(again.rows()) == [(1, n) for n in range(300, 400)]
    assert again.sequences.next_sequence(4) == 7
    assert again.sequences.account(4).stored == 7
    assert again.warnings == []
    again.close()


def test_more_rows_than_a_record_may_tell_of_are_refused(tmp_path: Path) -> None:
    learner = DiskLearner(tmp_path, capacity=5000)
    with pytest.raises(ValueError, match='at most 1024 rows'):
        learner.store(0, BLOCK_ROWS + 1)
    learner.close()
