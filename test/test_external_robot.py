# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A robot node that somebody else started is trained with, and the run is resumed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import subprocess
import sys

import pytest
from real_run import Run, Runner

ROBOT = Path(__file__).resolve().parents[1] / 'examples' / 'own_robot.py'


@pytest.fixture
def robot(runner: Runner) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, ROBOT], env=runner.environment)
    yield process
    process.kill()
    process.wait()


@pytest.mark.timeout(150)
@pytest.mark.parametrize('rate', [0, 50])
def test_a_robot_that_others_started_is_trained_with_and_the_run_resumed(
    robot: subprocess.Popen[bytes], runner: Runner, small_learner: Path, rate: int
) -> None:
    common = ('robot:=external', f'params_file:={small_learner}')
    first = runner.run('train', *common, f'control_rate:={rate}', 'max_env_steps:=250')
    assert first.exit_code == 0, first.output
    assert first.summary['transitions_stored'] == 250
    assert (first.summary['lost'], first.summary['duplicates']) == (0, 0)
    assert robot.poll() is None, 'the end of a run is no end of a robot that it did not start'

    process = runner.start('train', f'resume:={first.directory}', 'max_env_steps:=400')
    output, _ = process.communicate(timeout=100)
    resumed = Run(process.returncode, output, first.directory)
    assert resumed.exit_code == 0, resumed.output
    assert resumed.summary['transitions_stored'] == 400


def test_several_actors_need_robots_of_their_own(runner: Runner) -> None:
    refused = runner.run('train', 'robot:=external', 'actors:=2')
    assert refused.exit_code == 2
    assert 'robot:=external needs actors:=1, got 2' in refused.output
