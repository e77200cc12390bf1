# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The launch files under the real `ros2 launch`, where a ROS installation has it."""

from __future__ import annotations

import json
import os
from pathlib import Path
import shutil
import signal
import subprocess

import pytest
from real_run import node_processes, Runner
from sac_bringup.arguments import PolicyArguments, RunArguments, table, TrainArguments
from sac_bringup.installation import is_installed
from sac_core.child_process import bound_to_this_process

pytestmark = [
    pytest.mark.skipif(shutil.which('ros2') is None, reason='the command ros2 is not installed'),
    pytest.mark.timeout(120),
]
SHORT = ('env_id:=Pendulum-v1', 'control_rate:=0', 'max_env_steps:=400', 'training_starts:=300')


def launch(runner: Runner, file: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ['ros2', 'launch', 'sac_actor', file, *words],
        cwd=runner.directory,
        env={**runner.environment, 'ROS_LOG_DIR': str(runner.directory / 'log')},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=bound_to_this_process(signal.SIGINT),  # by SIGTERM it would leave its nodes
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    try:
        output, _ = process.communicate(timeout=100)
    finally:
        process.kill()
    return process.returncode, output


@pytest.mark.parametrize(
    ('file', 'arguments'),
    [('train.launch.py', TrainArguments), ('policy.launch.py', PolicyArguments)],
)
def test_every_argument_is_shown(runner: Runner, file: str, arguments: type[RunArguments]) -> None:
    code, output = finish(launch(runner, file, '--show-args'))
    assert code == 0
    for each in table(arguments):
        assert f"'{each.name}':" in output


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['sede:=3'], "unknown argument 'sede', did you mean seed?"),
        (['seed:=three'], "seed must be an integer, got 'three'"),
        (['env_id:=NoSuchEnv-v1'], 'sim_bridge ended with exit code 2'),
    ],
)
def test_bad_input_ends_the_launch_with_an_error(
    runner: Runner, words: list[str], message: str
) -> None:
    code, output = finish(launch(runner, 'train.launch.py', 'run_dir:=run', *words))
    assert code == 1
    assert message in output
    assert not (runner.directory / 'run').exists()


@pytest.mark.skipif(is_installed('rqt_gui'), reason='rqt is installed, and would open')
def test_without_rqt_the_monitor_says_what_to_install(runner: Runner) -> None:
    code, output = finish(launch(runner, 'monitor.launch.py'))
    assert code == 1
    assert 'rqt is not complete: sudo apt install ros-' in output


def test_a_run_completes_and_its_policy_runs(runner: Runner, small_learner: Path) -> None:
    words = (*SHORT, f'params_file:={small_learner}', 'run_dir:=run', 'namespace:=lab')
    code, output = finish(launch(runner, 'train.launch.py', *words))
    assert code == 0, output
    summary = json.loads((runner.directory / 'run' / 'summary.json').read_text())
    assert summary['transitions_stored'] == 400
    words = ('checkpoint:=run/checkpoints/latest', 'control_rate:=0', 'episodes:=1')
    code, output = finish(launch(runner, 'policy.launch.py', *words))
    assert code == 0, output
    assert 'Pendulum-v1' in output


def test_a_killed_learner_is_started_again_and_the_ended_run_resumed(
    runner: Runner, small_learner: Path
) -> None:
    words = ('env_id:=Pendulum-v1', 'training_starts:=100', f'params_file:={small_learner}')
    process = launch(runner, 'train.launch.py', *words, 'max_env_steps:=800', 'run_dir:=run')
    assert process.stdout is not None
    assert any('monitor' in line and 'buffer' in line for line in process.stdout)
    os.kill(node_processes(process)['learner'], signal.SIGKILL)
    assert any('learner killed by SIGKILL; starting it again (1)' in x for x in process.stdout)
    assert any('learner' in line and 'training on' in line for line in process.stdout)
    process.send_signal(signal.SIGINT)
    code, output = finish(process)
    assert code == 0, output
    code, output = finish(launch(runner, 'train.launch.py', 'resume:=run'))
    assert code == 0, output
    summary = json.loads((runner.directory / 'run' / 'summary.json').read_text())
    assert (summary['exit_reason'], summary['env_steps']) == ('max_env_steps', 800)
    assert summary['transitions_sent'] == 800
    assert summary['restarts']['learner'] >= 1
    code, output = finish(launch(runner, 'train.launch.py', 'resume:=run'))
    assert code == 1
    assert 'max_env_steps must be larger than 800 to continue' in output


def test_ctrl_c_ends_the_run_in_order(runner: Runner, small_learner: Path) -> None:
    words = ('env_id:=Pendulum-v1', f'params_file:={small_learner}', 'run_dir:=run')
    process = launch(runner, 'train.launch.py', *words)
    assert process.stdout is not None
    assert any('monitor' in line and 'buffer' in line for line in process.stdout)
    process.send_signal(signal.SIGINT)
    code, output = finish(process)
    assert code == 0, output
    summary = json.loads((runner.directory / 'run' / 'summary.json').read_text())
    assert summary['exit_reason'] == 'SIGINT'
    assert summary['transitions_stored'] == summary['transitions_sent']
