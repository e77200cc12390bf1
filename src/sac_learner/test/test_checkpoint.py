# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints are whole or not there, whatever fails while they are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
import json
import os
from pathlib import Path
import shutil
import threading

import pytest
from sac_core.weights import decode_weights
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.checkpoint import (
    CheckpointWriter,
    list_checkpoints,
    remove_old_checkpoints,
    write_checkpoint,
)
from sac_learner.config import LearnerSettings
from sac_learner.learner import Learner
from sac_learner.learner_state import LearnerSnapshot
from safetensors.torch import load_file
import torch

from .fakes import CONFIG, make_batch, make_spec

pytestmark = pytest.mark.timeout(60)
FILES = {'policy.safetensors', 'learner.safetensors', 'learner.json'}


def make_learner() -> Learner:
    learner = Learner(
        CONFIG, LearnerSettings(training_starts=1), make_spec(), SacStep(CONFIG, 3, 2)
    )
    learner.new_policy()
    return learner


def train(learner: Learner, steps: int) -> LearnerSnapshot:
    """Store and train that many rows and steps on."""
    learner.store(make_batch(learner.env_steps, steps + (learner.env_steps == 0)))
    while learner.train():
        pass
    learner.new_policy()
    return learner.snapshot()


def read(checkpoint: Path) -> dict[str, int]:
    """Check that a checkpoint is whole and of one moment; return its counters."""
    assert {path.name for path in checkpoint.iterdir()} == FILES
    counters: dict[str, int] = json.loads((checkpoint / 'learner.json').read_text())
    policy = decode_weights((checkpoint / 'policy.safetensors').read_bytes())
    tensors = load_file(checkpoint / 'learner.safetensors')
    assert policy.version == counters['policy_version']
    assert policy.learner_steps == counters['learner_steps'] == int(tensors['steps'])
    assert policy.env_steps == counters['env_steps']
    for name in policy.tensors.keys() - {'hidden.0.weight', 'hidden.0.bias'}:
        tensor = policy.tensors[name]  # the first layer also carries the normalization
        assert (tensors[f'actor.{name}'].numpy() == tensor).all()
    return counters


def write(directory: Path, snapshot: LearnerSnapshot) -> Path:
    return write_checkpoint(directory, snapshot, CONFIG, make_spec())


def steps_of(directory: Path) -> list[int]:
    """Learner steps of all checkpoints, in the order in which they were written."""
    return [int(path.name.split('_')[1]) for path in list_checkpoints(directory)]


def test_a_checkpoint_holds_the_whole_learner(tmp_path: Path) -> None:
    learner = make_learner()
    snapshot = train(learner, 3)
    path = write(tmp_path / 'not' / 'there' / 'yet', snapshot)
    counters = read(path)
    assert path.name == 'step_00000003_save_000001'
    assert (counters['env_steps'], counters['env_id']) == (4, 'Fake-v0')
    assert counters['pace'] == asdict(learner.rate_limiter.state())
    assert counters['pace']['updates'] == 3 * CONFIG.utd_ratio
    assert counters['config']['batch_size'] == CONFIG.batch_size
    assert counters['replay']['total_added'] == 4
    restored = SacStep(CONFIG, 3, 2)
    tensors = load_file(path / 'learner.safetensors')
    assert int(tensors.pop('normalizer.count')) == 4
    for name in ('normalizer.mean', 'normalizer.squares'):
        assert tensors.pop(name).shape == (3,)
    restored.load_state_dict(tensors)
    for name, tensor in learner.algorithm.state_dict().items():
        assert torch.equal(restored.state_dict()[name], tensor), name


def test_latest_points_to_the_newest(tmp_path: Path) -> None:
    learner = make_learner()
    for _ in range(3):
        path = write(tmp_path, train(learner, 2))
        assert (tmp_path / 'latest').resolve() == path.resolve()
        assert not Path(os.readlink(tmp_path / 'latest')).is_absolute()
        read(tmp_path / 'latest')


class CrashError(Exception):
    """Stands for the end of the process at this very call."""


def crash_at(call: int, monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> list[str]:
    """Let one call that writes fail, and every later one, too.

    :return: the calls that were made, by name
    """
    calls: list[str] = []

    def guard(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def guarded(*arguments: object, **options: object) -> object:
            calls.append(name)
            if len(calls) > call:
                raise error(f'at {name}')
            return function(*arguments, **options)

        return guarded

    monkeypatch.setattr(os, 'fsync', guard('fsync', os.fsync))
    for name in ('mkdir', 'rename', 'replace', 'symlink_to', 'open', 'unlink'):
        monkeypatch.setattr(Path, name, guard(name, getattr(Path, name)))
    return calls


def test_files_are_on_the_disk_before_they_get_their_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = train(make_learner(), 1)
    calls = crash_at(1000, monkeypatch, CrashError)
    write(tmp_path, snapshot)
    renamed = calls.index('rename')
    assert calls[:renamed].count('fsync') == len(FILES) + 1  # and of the directory
    assert calls[-1] == 'fsync'  # of the directory, for the names


@pytest.mark.parametrize('error', [CrashError, OSError])
def test_a_crash_at_any_moment_leaves_the_older_checkpoint_whole(
    tmp_path: Path, error: type[Exception]
) -> None:
    survived = 0
    for call in range(100):
        directory = tmp_path / str(call)
        learner = make_learner()
        write(directory, train(learner, 1))
        snapshot = train(learner, 1)
        with pytest.MonkeyPatch.context() as patch:
            crash_at(call, patch, error)
            try:
                write(directory, snapshot)
            except error:
                survived += 1
            else:
                break
        assert read(directory / 'latest')['learner_steps'] in (1, 2)
        assert steps_of(directory) in ([1], [1, 2])
        for path in list_checkpoints(directory):
            read(path)
        # The next one finds its way over whatever was left.
        write(directory, train(learner, 1))
        remove_old_checkpoints(directory, keep=5)
        assert read(directory / 'latest')['learner_steps'] == 3
        assert not list(directory.glob('.*.partial'))
    assert survived >= 8


def test_two_checkpoints_of_one_step_stand_side_by_side(tmp_path: Path) -> None:
    learner = make_learner()
    write(tmp_path, train(learner, 2))
    learner.store(make_batch(learner.env_steps, 7))  # more is stored, nothing is trained
    write(tmp_path, learner.snapshot())
    assert steps_of(tmp_path) == [2, 2]
    assert [read(path)['env_steps'] for path in list_checkpoints(tmp_path)] == [3, 10]
    assert read(tmp_path / 'latest')['env_steps'] == 10
    assert not list(tmp_path.glob('.*.partial'))


def test_a_copied_run_whose_link_became_a_directory_writes_on(tmp_path: Path) -> None:
    learner = make_learner()
    first = write(tmp_path, train(learner, 1))
    (tmp_path / 'latest').unlink()
    shutil.copytree(first, tmp_path / 'latest')
    write(tmp_path, train(learner, 1))
    assert read(tmp_path / 'latest')['learner_steps'] == 2
    assert steps_of(tmp_path) == [1, 2]


def test_the_newest_few_are_kept(tmp_path: Path) -> None:
    learner = make_learner()
    for _ in range(5):
        write(tmp_path, train(learner, 1))
        remove_old_checkpoints(tmp_path, keep=2)
    assert steps_of(tmp_path) == [4, 5]
    read(tmp_path / 'latest')


def test_the_newest_are_those_written_last_though_their_steps_are_lower(tmp_path: Path) -> None:
    learner = make_learner()
    for _ in range(3):
        write(tmp_path, train(learner, 5))
    write(tmp_path, train(make_learner(), 1))
    remove_old_checkpoints(tmp_path, keep=2)
    assert steps_of(tmp_path) == [15, 1]
    assert read(tmp_path / 'latest')['learner_steps'] == 1


class Reports:
    """What a writer reported, and waiting for it."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, bool]] = []
        self.came = threading.Semaphore(0)

    def __call__(self, line: str, is_error: bool) -> None:
        self.lines.append((line, is_error))
        self.came.release()


def test_the_writer_writes_what_is_queued_before_it_ends(tmp_path: Path) -> None:
    reports = Reports()
    writer = CheckpointWriter(tmp_path, config=CONFIG, spec=make_spec(), keep=2, report=reports)
    learner = make_learner()
    for _ in range(4):
        writer.write(train(learner, 1))
    writer.close()
    assert steps_of(tmp_path) == [3, 4]
    assert [is_error for _, is_error in reports.lines] == [False] * 4


def test_a_directory_that_cannot_be_written_is_reported_and_the_writer_goes_on(
    tmp_path: Path,
) -> None:
    directory = tmp_path / 'checkpoints'
    directory.write_text('a file where the directory should be')
    reports = Reports()
    writer = CheckpointWriter(directory, config=CONFIG, spec=make_spec(), keep=2, report=reports)
    learner = make_learner()
    writer.write(train(learner, 1))
    assert reports.came.acquire(timeout=10)
    line, is_error = reports.lines[0]
    assert is_error
    assert 'checkpoint not written' in line
    assert str(directory) in line
    directory.unlink()
    writer.write(train(learner, 1))
    writer.close()
    assert reports.lines[1][1] is False
    assert read(directory / 'latest')['learner_steps'] == 2


@pytest.mark.parametrize(
    'name', ['actor.mean.bias', 'critic_adam.square.value.bias', 'log_alpha', 'normalizer.mean']
)
def test_what_is_not_finite_is_not_written_and_costs_no_good_checkpoint(
    tmp_path: Path, name: str
) -> None:
    reports, learner = Reports(), make_learner()
    writer = CheckpointWriter(tmp_path, config=CONFIG, spec=make_spec(), keep=2, report=reports)
    for _ in range(2):
        writer.write(train(learner, 1))
    for _ in range(3):
        poisoned = train(learner, 1)
        poisoned.tensors[name].fill_(float('inf'))
        writer.write(poisoned)
    writer.close()
    assert steps_of(tmp_path) == [1, 2]
    assert (tmp_path / 'latest').resolve().name.startswith('step_00000002')
    assert reports.lines[2] == (
        f'checkpoint not written: {name} holds numbers that are not finite',
        True,
    )
    assert writer.failure.startswith(f'training diverged: {name} holds')
    assert writer.failure.endswith('at learner step 5')


def test_a_damaged_checkpoint_takes_the_place_of_no_good_one(tmp_path: Path) -> None:
    learner, reports = make_learner(), Reports()
    for _ in range(2):
        write(tmp_path, train(learner, 1))
    poisoned = train(learner, 1)
    poisoned.tensors['actor.mean.bias'].fill_(float('nan'))
    write(tmp_path, poisoned)  # as an older learner did
    for kept in ([1, 2, 3], [2, 3, 4], [4, 5]):
        writer = CheckpointWriter(
            tmp_path, config=CONFIG, spec=make_spec(), keep=2, report=reports
        )
        assert steps_of(tmp_path) == kept
        writer.write(train(learner, 1))
        writer.close()


def test_a_snapshot_that_cannot_be_encoded_does_not_end_the_writer(tmp_path: Path) -> None:
    reports = Reports()
    writer = CheckpointWriter(tmp_path, config=CONFIG, spec=make_spec(), keep=2, report=reports)
    learner = make_learner()
    broken = train(learner, 1)
    broken.tensors['steps'] = 'not a tensor'  # type: ignore[assignment]
    writer.write(broken)
    writer.write(train(learner, 1))
    writer.close()
    assert [is_error for _, is_error in reports.lines] == [True, False]
    read(tmp_path / 'latest')
