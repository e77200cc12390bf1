# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A run has its directory and its topics to itself, until its last process has ended."""

from pathlib import Path
import subprocess
import sys

import pytest
from sac_bringup.earlier_run import RunFile
from sac_bringup.graph import Plan
from sac_bringup.run_lock import RunLocks

FILE = RunFile(1, '', {'learner': {'seed': 3}})


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))


def plan(run_dir: Path | None, *, namespace: str = '', file: RunFile | None = FILE) -> Plan:
    return Plan(processes=[], namespace=namespace, run_dir=run_dir, file=file)


def test_a_run_that_leaves_nothing_leaves_no_directory(tmp_path: Path) -> None:
    with RunLocks(plan(tmp_path / 'a' / 'run')):
        assert (tmp_path / 'a' / 'run' / 'run.yaml').exists()
        (tmp_path / 'a' / 'run' / 'actor').mkdir()
        (tmp_path / 'a' / 'run' / 'actor' / 'lock').touch()
    assert not (tmp_path / 'a' / 'run').exists()


def test_what_a_run_was_started_with_stays_with_what_it_leaves(tmp_path: Path) -> None:
    with RunLocks(plan(tmp_path / 'run')):
        (tmp_path / 'run' / 'metrics.jsonl').touch()
    assert 'seed: 3' in (tmp_path / 'run' / 'run.yaml').read_text()


def test_what_was_refused_is_not_kept_for_the_next_start(tmp_path: Path) -> None:
    with RunLocks(plan(tmp_path / 'run')):
        (tmp_path / 'run' / 'metrics.jsonl').touch()
    bad = RunFile(1, '', {'learner': {'seed': -3}})
    with RunLocks(plan(tmp_path / 'run', file=bad)) as claims:
        claims.refused()
    assert 'seed: 3' in (tmp_path / 'run' / 'run.yaml').read_text()


def test_a_second_run_in_a_directory_is_refused_and_takes_nothing(tmp_path: Path) -> None:
    with RunLocks(plan(tmp_path / 'run')):
        with pytest.raises(ValueError, match=r'the run in .*run is still running'):
            RunLocks(plan(tmp_path / 'run', namespace='b'))
        assert (tmp_path / 'run' / 'run.yaml').exists()
        with RunLocks(plan(tmp_path / 'other', namespace='b')):
            pass


def test_a_second_run_on_the_same_topics_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('ROS_DOMAIN_ID', '77')
    with RunLocks(plan(tmp_path / 'run', namespace='lab')):
        pattern = 'ROS domain 77 and the namespace /lab: process .*run; wait .* or another ROS_D'
        with pytest.raises(ValueError, match=pattern):
            RunLocks(plan(None, namespace='lab', file=None))
        RunLocks(plan(None, namespace='lab/two', file=None)).release()
        monkeypatch.setenv('ROS_DOMAIN_ID', '78')
        RunLocks(plan(None, namespace='lab', file=None)).release()
    monkeypatch.setenv('ROS_DOMAIN_ID', '77')
    RunLocks(plan(None, namespace='lab', file=None)).release()


def test_a_process_that_outlives_its_starter_still_holds_the_claims(tmp_path: Path) -> None:
    claims = RunLocks(plan(tmp_path / 'run'))
    (tmp_path / 'run' / 'metrics.jsonl').touch()
    command = [sys.executable, '-c', 'input()']
    process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=claims.descriptors)
    claims.release()
    with pytest.raises(ValueError, match='still running'):
        RunLocks(plan(tmp_path / 'run', namespace='b'))
    process.communicate(b'\n', timeout=20)
    RunLocks(plan(tmp_path / 'run', namespace='b')).release()


def test_a_directory_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(ValueError, match='run_dir /proc/run cannot be written'):
        RunLocks(plan(Path('/proc/run')))


def test_a_lock_that_cannot_be_opened_is_named_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path / 'nowhere'))
    pattern = r'the lock file .*nowhere/sac_run-.*\.lock cannot be opened: No such file'
    with pytest.raises(ValueError, match=pattern) as caught:
        RunLocks(plan(tmp_path / 'run'))
    assert 'run_dir' not in str(caught.value)


def test_a_run_in_which_no_node_could_start_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('ROS_DOMAIN_ID', 'lab')
    with pytest.raises(ValueError, match=r"ROS_DOMAIN_ID must be .*, got 'lab': correct it"):
        RunLocks(plan(tmp_path / 'run'))
    assert not (tmp_path / 'run').exists()
