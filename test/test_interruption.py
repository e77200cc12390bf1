# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A run that is interrupted leaves everything written and nothing running."""

from __future__ import annotations

import json
import os
from pathlib import Path
import select
import signal
import subprocess

import pytest
from real_run import Runner


def _start(runner: Runner, directory: Path, small_learner: Path) -> subprocess.Popen[str]:
    process = runner.start(
        'train', 'env_id:=Pendulum-v1', f'params_file:={small_learner}', f'run_dir:={directory}'
    )
    assert process.stdout is not None
    for line in process.stdout:
        if 'driving' in line:
            break
    else:
        pytest.fail('the run ended before it began')
    # The line of a whole first batch: training continues by then.
    for line in process.stdout:
        if '[monitor]' in line and 'buffer' in line:
            return process
    raise AssertionError('no progress was shown')


def _children(process: subprocess.Popen[str]) -> list[int]:
    path = Path(f'/proc/{process.pid}/task/{process.pid}/children')
    return [int(pid) for pid in path.read_text().split()]


def _await_end(pid: int, timeout: float) -> bool:
    """Wait until a process that is not our child has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], timeout)[0])
    finally:
        os.close(descriptor)


@pytest.mark.timeout(90)
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_loses_nothing(
    runner: Runner, tmp_path: Path, small_learner: Path, number: signal.Signals
) -> None:
    directory = tmp_path / 'run'
    process = _start(runner, directory, small_learner)
    children = _children(process)
    os.kill(process.pid, number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    summary = json.loads((directory / 'summary.json').read_text())
    assert summary['exit_reason'] in ('SIGINT', 'SIGTERM')
    assert summary['transitions_sent'] == summary['transitions_stored'] == summary['env_steps']
    assert summary['lost'] == 0
    assert (directory / 'checkpoints' / 'latest' / 'policy.safetensors').exists()
    assert (directory / 'learning_curve.png').exists()
    assert len(children) == 4
    assert all(_await_end(pid, timeout=0.0) for pid in children)


def _catches_interrupts(pid: int) -> bool:
    """Whether a process has a handler of its own for SIGINT: Python has while it starts."""
    status = Path(f'/proc/{pid}/status').read_text()
    caught = int(status.partition('SigCgt:')[2].split()[0], 16)
    return bool(caught >> (signal.SIGINT - 1) & 1)


@pytest.mark.timeout(90)
@pytest.mark.parametrize('delay', [0.0, 0.01, 0.05])
def test_ctrl_c_while_the_runner_loads_leaves_no_traceback(
    runner: Runner, tmp_path: Path, delay: float
) -> None:
    process = runner.start('train', 'env_id:=Pendulum-v1', f'run_dir:={tmp_path / "run"}')
    # Not into the interpreter's own start, nor before the first line of the program.
    for wanted in (True, False):
        while _catches_interrupts(process.pid) is not wanted:
            assert process.poll() is None, process.communicate()[0]
            select.select([], [], [], 0.0005)
    select.select([], [], [], delay)  # into its loading, however far that is by then
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGINT), output
    assert 'Traceback' not in output
    assert process.returncode == 0 or not (tmp_path / 'run').exists()


@pytest.mark.timeout(90)
def test_a_killed_runner_leaves_no_orphan(
    runner: Runner, tmp_path: Path, small_learner: Path
) -> None:
    process = _start(runner, tmp_path / 'run', small_learner)
    children = _children(process)
    assert len(children) == 4
    process.kill()
    process.communicate()
    assert all(_await_end(pid, timeout=20.0) for pid in children)


@pytest.mark.timeout(90)
@pytest.mark.parametrize('index', range(2))
def test_a_process_that_dies_ends_the_run_and_is_named(
    runner: Runner, tmp_path: Path, small_learner: Path, index: int
) -> None:
    process = _start(runner, tmp_path / 'run', small_learner)
    victim = _children(process)[index]
    os.kill(victim, signal.SIGKILL)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert 'SIGKILL' in output
    assert (tmp_path / 'run' / 'summary.json').exists()
