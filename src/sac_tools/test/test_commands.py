# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The command line: answers for people and programs, errors in one line, a quick start."""

from __future__ import annotations

import json
import os
from pathlib import Path
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sac_core.spaces import RobotSpec
from sac_core.testing import environment_without_opengl
from sac_tools import main as command

from .recorded import make_checkpoint, make_run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run with a checkpoint in runs/ of the working directory."""
    path = make_run(tmp_path / 'runs' / 'first', returns=(-900.0, -500.0))
    make_checkpoint(path / 'checkpoints')
    monkeypatch.chdir(tmp_path)
    return path


@pytest.fixture
def sac(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Call the command line; gives exit code, output, errors."""

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, 'argv', ['sac', *words])
        code = command.main()
        caught = capsys.readouterr()
        return code, caught.out, caught.err

    return call


def test_runs_are_listed_for_people_and_for_programs(run: Path, sac: Any) -> None:
    code, out, _ = sac('runs')
    assert code == 0
    header, line = out.splitlines()
    assert header.split()[:3] == ['run', 'env', 'state']
    assert line.split()[:6] == ['first', 'Pendulum-v1', 'max_env_steps', '0', '200', '200']
    (record,) = json.loads(sac('runs', '--json')[1])
    assert record['path'] == str(run)
    assert (record['env_steps'], record['return_mean']) == (200, -500.0)


def test_a_policy_is_evaluated_and_gives_the_same_returns_exported(run: Path, sac: Any) -> None:
    assert sac('export', 'first', '-o', 'p.onnx')[0] == 0
    assert Path('p.onnx').stat().st_size > 100
    told = [
        json.loads(sac('eval', name, '--episodes', '2', '--json')[1])
        for name in ('first', 'p.onnx')
    ]
    assert [len(each['episodes']) for each in told] == [2, 2]
    assert told[0]['episodes'][0]['length'] == 200
    assert told[0]['return_mean'] < -100
    assert told[1]['return_mean'] == pytest.approx(told[0]['return_mean'], rel=1e-3)


def test_a_picture_is_drawn_where_it_was_asked_for(run: Path, sac: Any) -> None:
    code, out, _ = sac('plot', 'first', '-o', 'curve.svg', '--json')
    assert code == 0
    told = json.loads(out)
    assert told['groups'][0]['last'] == [-700.0]
    assert Path(told['picture']).is_file()


@pytest.mark.parametrize(
    ('words', 'reason'),
    [
        (['nonsense'], "No such command 'nonsense'"),
        (['plot', 'second'], "RUN 'second': no such directory"),
        (['runs', 'nowhere'], 'nowhere is not a directory'),
        (['eval', 'first', '--episodes', '0'], "Invalid value for '--episodes'"),
        (['eval', 'first', '--env-id', 'HalfCheetah-v5'], 'the policy has observation_dim 3'),
        (['export', 'first', '-o', 'no/such/p.onnx'], 'no/such/p.onnx: No such file'),
    ],
)
def test_an_error_is_one_line_and_exit_code_2(
    run: Path, sac: Any, words: list[str], reason: str
) -> None:
    code, out, err = sac(*words)
    assert (code, out) == (2, '')
    assert err.startswith('sac: error: ')
    assert reason in err
    assert err.count('\n') == 1


def test_a_shell_completes_commands_and_runs(
    run: Path, sac: Any, monkeypatch: Any, capsys: Any
) -> None:
    assert '_SAC_COMPLETE=bash_complete' in sac('completion', 'bash')[1]
    monkeypatch.setenv('_SAC_COMPLETE', 'bash_complete')
    for words, offered in (('sac e', {'eval', 'export'}), ('sac plot f', {'first'})):
        monkeypatch.setenv('COMP_WORDS', words)
        monkeypatch.setenv('COMP_CWORD', str(len(words.split()) - 1))
        with pytest.raises(SystemExit, match='0'):
            sac()
        out = capsys.readouterr().out
        assert {line.partition(',')[2] for line in out.splitlines()} == offered


def test_a_checkout_in_which_nothing_ran_yet_has_no_runs_and_no_error(
    sac: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('sac_tools.runs.places.default_place', lambda: tmp_path / 'runs')
    assert sac('runs') == (0, f'no runs in {tmp_path / "runs"}\n', '')


def test_listing_runs_loads_nothing_heavy(run: Path) -> None:
    code = (
        'import sys; from sac_tools.main import main; sys.argv = ["sac", "runs"]; main();'
        'print(sorted({"torch", "matplotlib", "gymnasium", "onnx", "rclpy"} & set(sys.modules)))'
    )
    result = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == '[]'


def test_the_doctor_answers_programs_too(sac: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ROS_DOMAIN_ID', '300')
    code, out, _ = sac('doctor', '--json')
    assert code == 1
    (settings,) = [each for each in json.loads(out) if each['topic'] == 'ROS settings']
    assert settings['status'] == 'problem'
    assert settings['found'].endswith("got '300'")


def sac_process(
    *words: str, cwd: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Call the command line in a process of its own, which may draw."""
    code = 'import sys; from sac_tools.main import main; sys.argv[0] = "sac"; sys.exit(main())'
    command = [sys.executable, '-c', code, *words]
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True)


def test_a_film_is_made_or_the_error_says_what_is_missing(run: Path, tmp_path: Path) -> None:
    nothing = tmp_path / 'no_opengl'
    nothing.mkdir()
    environment = environment_without_opengl(nothing)
    ended = sac_process('video', 'first', '-o', 'film.mpeg', cwd=tmp_path, environment=environment)
    assert ended.returncode == 2
    assert 'output must end in .mp4 or .gif' in ended.stderr
    words = ('video', 'first', '-o', 'film.gif', '--seconds', '0.5')
    ended = sac_process(*words, cwd=tmp_path, environment=environment)
    if ended.returncode:
        assert 'pip install pygame' in ended.stderr
        assert 'apt-get' not in ended.stderr, 'it does not draw by OpenGL'
        assert not Path('film.gif').exists()
    else:
        assert Path('film.gif').read_bytes().startswith(b'GIF89a')


def cart_pole(directory: Path) -> Path:
    """Make a checkpoint for an environment that MuJoCo draws."""
    robot = RobotSpec(
        env_id='InvertedPendulum-v5',
        observation_dim=4,
        action_dim=1,
        action_low=np.array([-3.0], np.float32),
        action_high=np.array([3.0], np.float32),
        step_duration=0.04,
        max_episode_steps=1000,
    )
    return make_checkpoint(directory, robot=robot)


@pytest.mark.drawing
def test_mujoco_is_filmed_without_a_display(tmp_path: Path) -> None:
    words = ('video', str(cart_pole(tmp_path)), '-o', 'film.gif', '--seconds', '0.2')
    environment = {name: value for name, value in os.environ.items() if name != 'DISPLAY'}
    ended = sac_process(*words, cwd=tmp_path, environment=environment)
    assert (ended.returncode, ended.stderr) == (0, '')
    assert (tmp_path / 'film.gif').read_bytes().startswith(b'GIF89a')


def test_without_opengl_a_film_is_refused_in_one_line_that_says_what_to_install(
    tmp_path: Path,
) -> None:
    words = ('video', str(cart_pole(tmp_path)), '-o', 'film.gif', '--seconds', '0.2')
    environment = environment_without_opengl(tmp_path)
    ended = sac_process(*words, cwd=tmp_path, environment=environment)
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith('sac: error: MuJoCo cannot draw')
    assert line.endswith('sudo apt-get install libegl1 libgl1')
