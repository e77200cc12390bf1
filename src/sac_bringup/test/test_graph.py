# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The graph of a run: who runs, where, with which parameters, and when it is over."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sac_bringup.arguments import PolicyArguments, TrainArguments
from sac_bringup.graph import describe_graph, policy_graph, train_graph
from sac_bringup.process import Process
from sac_core.weights import encode_weights, PolicyArchitecture, PolicyWeights

CONFIG = Path(__file__).parents[1] / 'config'


@pytest.fixture(autouse=True)
def in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def train(**arguments: Any) -> dict[str, Process]:
    plan = train_graph(TrainArguments(**arguments), config=CONFIG)
    return {each.label: each for each in plan.processes}


def policy(**arguments: Any) -> dict[str, Process]:
    plan = policy_graph(PolicyArguments(**arguments), config=CONFIG)
    return {each.label: each for each in plan.processes}


def write_policy(directory: Path) -> None:
    architecture = PolicyArchitecture(3, 1, (4,), 'relu', False, -5.0, 2.0)
    tensors = {
        name: np.zeros(shape, np.float32) for name, shape in architecture.tensor_shapes().items()
    }
    directory.mkdir()
    weights = PolicyWeights(architecture, tensors, env_id='Pendulum-v1')
    (directory / 'policy.safetensors').write_bytes(encode_weights(weights))


def test_training_starts_bridge_actor_learner_and_monitor() -> None:
    processes = train()
    assert list(processes) == ['sim_bridge', 'actor', 'learner', 'monitor']
    assert [each.label for each in processes.values() if each.ends_run] == ['actor']
    assert [each.label for each in processes.values() if not each.required] == ['monitor']
    assert all(not each.remappings for each in processes.values())


def test_only_the_learner_uses_more_than_one_thread() -> None:
    single = [name for name, each in train().items() if each.environment.get('OMP_NUM_THREADS')]
    assert single == ['sim_bridge', 'actor', 'monitor']


@pytest.mark.parametrize(('rate', 'lockstep'), [(50.0, False), (0.0, True), (None, False)])
def test_control_rate_zero_is_lockstep_for_the_learner_too(
    rate: float | None, lockstep: bool
) -> None:
    processes = train(control_rate=rate)
    assert processes['learner'].parameters['lockstep'] is lockstep
    assert processes['actor'].parameters['control_rate'] == (50.0 if rate is None else rate)


def test_in_lockstep_the_simulator_waits_for_commands_without_end() -> None:
    timeouts = [
        train(control_rate=rate)['sim_bridge'].parameters['command_timeout']
        for rate in (0.0, 50.0)
    ]
    assert timeouts == [0.0, 0.5]


def test_the_timeouts_follow_a_slow_control_loop() -> None:
    processes = train(control_rate=1.0)
    actor, bridge = processes['actor'].parameters, processes['sim_bridge'].parameters
    assert (actor['observation_timeout'], actor['answer_timeout']) == (3.0, 5.0)
    assert bridge['command_timeout'] == 3.0


def test_timeouts_that_are_configured_too_short_are_refused_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / 'short.yaml'
    path.write_text(
        'actor: {ros__parameters: {observation_timeout: 0.7, answer_timeout: 0.8}}\n'
        'sim_bridge: {ros__parameters: {command_timeout: 0.9}}\n'
    )
    expected = (
        'observation_timeout, answer_timeout, command_timeout must be longer than a period of the'
        ' control loop, 1 s, got 0.7, 0.8, 0.9'
    )
    with pytest.raises(ValueError, match=expected):
        train(control_rate=1.0, params_file=str(path))


def test_every_process_knows_how_long_the_run_is() -> None:
    assert train()['actor'].parameters['max_env_steps'] == 100_000
    processes = train(max_env_steps=70)
    assert processes['actor'].parameters['max_env_steps'] == 70
    assert processes['monitor'].parameters['max_env_steps'] == 70


def test_a_run_directory_is_named_by_environment_and_time_and_not_created() -> None:
    processes = train(env_id='some/Env-v1')
    run_dir = Path(processes['monitor'].parameters['run_dir'])
    assert run_dir.parent == Path('runs').absolute()
    assert run_dir.name.startswith('some-Env-v1-')
    assert processes['learner'].parameters['checkpoint_dir'] == str(run_dir / 'checkpoints')
    assert not Path('runs').exists()


def test_a_run_directory_that_holds_a_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'used' / 'checkpoints').mkdir(parents=True)
    with pytest.raises(ValueError, match=r'run_dir .*used already holds a run'):
        train(run_dir='used')
    (tmp_path / 'empty').mkdir()
    train(run_dir='empty')
    assert list((tmp_path / 'empty').iterdir()) == []


def test_a_run_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    with pytest.raises(ValueError, match=r'run_dir .*file/run is not writable: Not a directory'):
        train(run_dir='file/run')
    with pytest.raises(ValueError, match='run_dir /proc/run is not writable'):
        train(run_dir='/proc/run')


def test_several_actors_share_the_learner_and_nothing_else() -> None:
    processes = train(actors=3, namespace='lab', seed=5, max_env_steps=10)
    robots = [f'lab/actor_{i}/{name}' for i in range(3) for name in ('sim_bridge', 'actor')]
    assert list(processes) == [*robots, 'lab/learner', 'lab/monitor']
    actors = [processes[f'lab/actor_{index}/actor'] for index in range(3)]
    assert [each.parameters['seed'] for each in actors] == [5, 6, 7]
    assert [each.parameters['max_env_steps'] for each in actors] == [4, 3, 3]
    assert processes['lab/actor_2/sim_bridge'].parameters['seed'] == 7
    assert processes['lab/learner'].parameters['seed'] == 5
    remapped = dict(actors[1].remappings)
    assert remapped['transitions'] == '/lab/transitions'
    assert 'observation' not in remapped
    assert 'command' not in remapped
    monitor = processes['lab/monitor'].parameters
    assert monitor['max_env_steps'] == 10
    assert monitor['actors'] == 3


def test_a_joystick_is_read_only_where_that_is_asked_for() -> None:
    assert 'joy_teleop' not in train()
    teleop = train(teleop='joy', namespace='lab')['lab/joy_teleop']
    assert (teleop.package, teleop.executable) == ('sac_actor', 'joy_teleop_node')
    assert teleop.parameters['deadman_button'] == 4
    with pytest.raises(ValueError, match='teleop:=joy needs actors:=1, got 2'):
        train(teleop='joy', actors=2)


def test_the_dashboard_is_there_only_where_that_is_asked_for(tmp_path: Path) -> None:
    assert 'dashboard' not in train()
    page = train(dashboard=True, dashboard_port=9000, actors=3, max_env_steps=90)['dashboard']
    assert (page.package, page.executable) == ('sac_dashboard', 'dashboard_node')
    assert page.parameters['host'] == '127.0.0.1'
    assert (page.parameters['port'], page.parameters['actors']) == (9000, 3)
    assert page.parameters['max_env_steps'] == 90
    assert (page.required, page.respawn, page.ends_run) == (False, False, False)
    write_policy(tmp_path / 'c')
    assert 'dashboard' in policy(checkpoint='c', dashboard=True)


def test_one_emergency_stop_is_for_all_robots_of_a_run() -> None:
    processes = train(actors=2, namespace='lab')
    for name in ('actor', 'sim_bridge'):
        for index in (0, 1):
            remappings = processes[f'lab/actor_{index}/{name}'].remappings
            assert ('emergency_stop', '/lab/emergency_stop') in remappings


def test_fewer_steps_than_actors_are_refused() -> None:
    with pytest.raises(ValueError, match=r'max_env_steps must be at least actors \(3\), got 2'):
        train(actors=3, max_env_steps=2)


@pytest.mark.parametrize('text', ['lab', '/lab', 'lab/'])
def test_a_namespace_may_be_written_with_or_without_slash(text: str) -> None:
    learner = train(namespace=text)['lab/learner']
    assert learner.namespace == '/lab'
    words = learner.ros_arguments(Path('p.yaml'))
    assert words[words.index('__ns:=/lab') - 1] == '-r'
    assert 'lab.learner:=info' in words


@pytest.mark.parametrize(('enable', 'is_secure'), [('true', True), ('false', False), ('', False)])
def test_each_process_gets_its_own_keys_where_security_is_on(
    monkeypatch: pytest.MonkeyPatch, enable: str, is_secure: bool
) -> None:
    monkeypatch.setenv('ROS_SECURITY_ENABLE', enable)
    for label, process in (train(teleop='joy') | train(namespace='lab')).items():
        words = ' '.join(process.ros_arguments(Path('p.yaml')))
        assert words.endswith(f' --enclave /{label}') == is_secure
        assert ('--enclave' in words) == is_secure


def test_a_malformed_namespace_is_refused() -> None:
    with pytest.raises(ValueError, match=r"namespace must be names .*got 'a-b'"):
        train(namespace='a-b')


@pytest.mark.parametrize(('in_terminal', 'progress'), [(True, 'line'), (False, 'plain')])
def test_progress_is_drawn_in_place_only_in_a_terminal(in_terminal: bool, progress: str) -> None:
    processes = train_graph(TrainArguments(), config=CONFIG, in_terminal=in_terminal).processes
    assert processes[-1].parameters['progress'] == progress


def test_a_policy_runs_without_learner_exploration_or_records(tmp_path: Path) -> None:
    write_policy(tmp_path / 'c')
    processes = policy(checkpoint='c', episodes=4)
    assert list(processes) == ['sim_bridge', 'actor', 'monitor']
    actor = processes['actor'].parameters
    assert actor['checkpoint'] == str(tmp_path / 'c')
    assert actor['deterministic'] is True
    assert (actor['random_steps'], actor['max_env_steps'], actor['max_episodes']) == (0, 0, 4)
    assert actor['short_episode_steps'] == 0  # whole ones, whatever its training began with
    assert processes['monitor'].parameters['run_dir'] == ''
    assert processes['monitor'].parameters['max_episodes'] == 4


def test_a_policy_runs_in_the_environment_that_it_was_trained_in(tmp_path: Path) -> None:
    write_policy(tmp_path / 'c')
    assert policy(checkpoint='c')['sim_bridge'].parameters['env_id'] == 'Pendulum-v1'
    other = policy(checkpoint='c', env_id='Other-v1')
    assert other['sim_bridge'].parameters['env_id'] == 'Other-v1'


def test_a_policy_of_a_run_is_opened_as_the_run_was(tmp_path: Path) -> None:
    bridge = {'env_id': 'mine:Pendulum-v1', 'env_kwargs': '{g: 9.81}'}
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run' / 'run.yaml').write_text(f'parameters: {{sim_bridge: {bridge}}}')
    write_policy(tmp_path / 'run' / 'c')

    def opened(**arguments: Any) -> tuple[str, str]:
        parameters = policy(checkpoint='run/c', **arguments)['sim_bridge'].parameters
        return parameters['env_id'], parameters['env_kwargs']

    assert opened() == ('mine:Pendulum-v1', '{g: 9.81}')
    assert opened(env_id='yours:Pendulum-v1') == ('yours:Pendulum-v1', '{g: 9.81}')
    assert opened(env_id='Other-v1') == ('Other-v1', '')
    assert opened(env_kwargs='{g: 1.6}') == ('mine:Pendulum-v1', '{g: 1.6}')


def test_a_checkpoint_without_a_valid_policy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"checkpoint .*nowhere': No such file"):
        policy(checkpoint='nowhere')
    with pytest.raises(ValueError, match=r"policy\.safetensors': No such file"):
        policy(checkpoint='.')
    (tmp_path / 'policy.safetensors').write_bytes(os.urandom(100))
    with pytest.raises(ValueError, match=r"policy\.safetensors': not a policy file"):
        policy(checkpoint='.')


def test_the_description_names_nodes_parameters_and_remappings() -> None:
    text = describe_graph(train_graph(TrainArguments(actors=2), config=CONFIG).processes)
    assert '/actor_1/actor: sac_actor actor_node' in text
    assert '  transitions -> /transitions' in text
    assert "  env_id: 'HalfCheetah-v5'" in text


def test_curves_for_a_package_that_is_not_installed_are_refused_before_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(ValueError, match=r'wandb:=offline needs a package .*: pip install'):
        train_graph(TrainArguments(run_dir=str(tmp_path / 'r'), wandb='offline'), config=CONFIG)
    assert list(tmp_path.iterdir()) == []
