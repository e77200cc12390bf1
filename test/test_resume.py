# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A run survives what happens to its processes: nothing is lost, and its records go on."""

from __future__ import annotations

import os
from pathlib import Path
import signal
import subprocess

import pytest
from real_run import node_processes, Run, Runner

pytestmark = pytest.mark.timeout(150)
STEPS = 900
WORDS = (
    'env_id:=Pendulum-v1',
    'control_rate:=100',
    'training_starts:=100',
    f'max_env_steps:={STEPS}',
)


def start(runner: Runner, *words: str, learned: int) -> subprocess.Popen[str]:
    """Start a run and wait until the monitor has seen so many steps stored."""
    process = runner.start('train', *words)
    assert process.stdout is not None
    for line in process.stdout:
        if '[monitor]' in line and '  buffer ' in line:
            if int(line.partition('  buffer ')[2].split()[0].replace(',', '')) >= learned:
                return process
    raise AssertionError('the run ended before')


def check_that_nothing_is_lost(run: Run) -> None:
    summary, episodes = run.summary, run.lines('episodes.jsonl')
    assert summary['exit_reason'] == 'max_env_steps'
    assert summary['env_steps'] == STEPS
    assert summary['transitions_sent'] == summary['transitions_stored'] == STEPS
    assert summary['lost'] == 0
    assert summary['episodes'] == len(episodes)
    assert len({(each['actor_session'], each['episode_id']) for each in episodes}) == len(episodes)
    steps = [each['env_steps'] for each in run.lines('metrics.jsonl')]
    assert steps == sorted(steps)
    assert steps[-1] == STEPS


def test_a_learner_that_is_killed_costs_nothing(
    runner: Runner, tmp_path: Path, small_learner: Path
) -> None:
    directory = tmp_path / 'run'
    words = (*WORDS, f'params_file:={small_learner}', f'run_dir:={directory}')
    process = start(runner, *words, learned=200)
    os.kill(node_processes(process)['learner'], signal.SIGKILL)
    output, _ = process.communicate(timeout=100)
    assert process.returncode == 0, output
    assert '[runner] learner killed by SIGKILL; starting it again (1)' in output
    run = Run(0, output, directory)
    check_that_nothing_is_lost(run)
    assert run.summary['restarts'] == {'monitor': 0, 'bridge': 0, 'actor': 0, 'learner': 1}


def test_a_run_of_which_every_process_was_killed_is_resumed(
    runner: Runner, tmp_path: Path, small_learner: Path
) -> None:
    directory = tmp_path / 'run'
    words = (*WORDS, f'params_file:={small_learner}', f'run_dir:={directory}')
    process = start(runner, *words, learned=200)
    going_on = runner.start('train', f'resume:={directory}')
    output, _ = going_on.communicate(timeout=30)
    assert going_on.returncode == 2
    assert 'uses the ROS domain' in output  # one run at a time
    for pid in (process.pid, *node_processes(process).values()):
        os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=30)

    resumed = runner.start('train', f'resume:={directory}')
    output, _ = resumed.communicate(timeout=100)
    assert resumed.returncode == 0, output
    run = Run(0, output, directory)
    check_that_nothing_is_lost(run)
    assert run.summary['restarts'] == {'monitor': 1, 'bridge': 1, 'actor': 1, 'learner': 1}
    again = runner.start('train', f'resume:={directory}')
    output, _ = again.communicate(timeout=30)
    assert again.returncode == 2
    assert f'max_env_steps must be larger than {STEPS} to continue' in output
