# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Prior data of a run is checked before a process starts; alone it is enough for a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mcap_ros2.writer import Writer
import pytest
from sac_bringup.arguments import TrainArguments
from sac_bringup.exit_policy import ExitPolicy
from sac_bringup.graph import train_graph
from sac_bringup.parsing import parse
from sac_bringup.process import Process

CONFIG = Path(__file__).parents[1] / 'config'
_SPEC = (
    'uint64 bridge_session\nstring env_id\nuint32 observation_dim\nuint32 action_dim\n'
    'float32[] action_low\nfloat32[] action_high\nfloat64 step_duration\n'
    'uint32 max_episode_steps\n'
)


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recorded run of Pendulum-v1 in the working directory, as far as it matters here."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / 'runs' / 'a' / 'recording' / 'recording_0.mcap'
    return write_recording(path, env_id='Pendulum-v1')


def write_recording(path: Path, *, env_id: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = {
        'bridge_session': 1,
        'env_id': env_id,
        'observation_dim': 3,
        'action_dim': 1,
        'action_low': [-2.0],
        'action_high': [2.0],
        'step_duration': 0.05,
    }
    with path.open('wb') as stream:
        writer = Writer(stream)
        schema = writer.register_msgdef('sac_interfaces/msg/EnvSpec', _SPEC)
        writer.write_message('/env_spec', schema, fields)
        writer.finish()
    return path


def train(**texts: str) -> dict[str, Process]:
    plan = train_graph(parse(texts, TrainArguments), config=CONFIG)
    return {each.name: each for each in plan.processes}


def learner(**texts: str) -> dict[str, Any]:
    return train(**texts)['learner'].parameters


def test_recordings_are_named_from_the_root(recording: Path) -> None:
    run = str(recording.parents[1])
    for text in ('[runs/a]', 'runs/a', f'[runs/a, {run}]'):
        assert set(learner(prior_data=text)['prior_data']) == {run}
    assert learner()['prior_data'] == ['']


def test_a_missing_recording_is_refused_before_anything_starts(recording: Path) -> None:
    with pytest.raises(ValueError, match=r'recording .*/runs/b does not exist'):
        train(prior_data='[runs/a,runs/b]')


def test_a_recording_fits_the_environment_whatever_module_registers_it(recording: Path) -> None:
    words = {'prior_data': 'runs/a', 'offline_only': 'true', 'offline_steps': '5'}
    plan = train_graph(
        parse({**words, 'env_id': 'mine:Pendulum-v1'}, TrainArguments), config=CONFIG
    )
    assert plan.file is not None
    assert plan.file.parameters['sim_bridge']['env_id'] == 'mine:Pendulum-v1'


def test_without_a_robot_there_is_a_learner_alone_and_its_end_is_that_of_the_run(
    recording: Path,
) -> None:
    processes = train(prior_data='runs/a', offline_steps='7', offline_only='true', record='true')
    assert list(processes) == ['learner']
    assert processes['learner'].ends_run
    assert processes['learner'].parameters['end_after_offline']
    ending = ExitPolicy(processes.values()).exited(processes['learner'], 0)
    assert ending is not None
    assert (ending.reason, getattr(ending, 'exit_code', None)) == ('the learner has finished', 0)


def test_the_robot_of_the_recording_is_that_of_the_run(recording: Path, tmp_path: Path) -> None:
    arguments = {'prior_data': 'runs/a', 'offline_steps': '7', 'offline_only': 'true'}
    plan = train_graph(parse(arguments, TrainArguments), config=CONFIG)
    assert plan.run_dir is not None
    assert plan.run_dir.name.startswith('Pendulum-v1-')
    assert plan.file is not None
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run' / 'run.yaml').write_text(plan.file.text())
    resumed = train(resume='run')
    assert resumed['sim_bridge'].parameters['env_id'] == 'Pendulum-v1'
    assert not resumed['learner'].parameters['end_after_offline']
    with pytest.raises(ValueError, match=r"'HalfCheetah-v5', but .* recorded with 'Pendulum-v1'"):
        train(env_id='HalfCheetah-v5', **arguments)
    with pytest.raises(
        ValueError, match='the recording is for Pendulum-v1, not for robot:=franka'
    ):
        train(robot='franka', **arguments)


def test_without_a_robot_no_driver_is_started(tmp_path: Path) -> None:
    path = write_recording(tmp_path / 'a.mcap', env_id='franka/reach')
    arguments = {'prior_data': str(path), 'offline_steps': '7', 'offline_only': 'true'}
    plan = train_graph(
        parse({**arguments, 'robot': 'franka', 'robot_ip': '10.0.0.2'}, TrainArguments),
        config=CONFIG,
    )
    assert plan.driver is None
    assert [each.name for each in plan.processes] == ['learner']
    with pytest.raises(ValueError, match='the recording is for franka/reach: give robot:='):
        train(**arguments)


@pytest.mark.parametrize(
    'arguments', [{'offline_steps': '5'}, {'prior_data': 'runs/a'}, {}], ids=lambda each: str(each)
)
def test_a_run_without_a_robot_needs_data_and_steps(
    recording: Path, arguments: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match='offline_only needs prior_data and offline_steps'):
        train(offline_only='true', **arguments)


def test_a_path_that_was_cut_at_its_comma_is_refused_with_the_way_to_write_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / 'teacher, both' / 'recording' / 'recording_0.mcap'
    write_recording(path, env_id='Pendulum-v1')
    pattern = r'does not exist; a path that holds a comma goes in quotes: prior_data:=\'\["A, B"'
    with pytest.raises(ValueError, match=pattern):
        learner(prior_data='[teacher, both]')
    taken = learner(prior_data='["teacher, both"]', offline_only='true', offline_steps='10')
    assert taken['prior_data'] == [str(tmp_path / 'teacher, both')]
