# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Each robot has its nodes, which agree with the control loop; the real one needs its driver."""

from __future__ import annotations

from pathlib import Path

import pytest
from sac_bringup import driver as driver_module
from sac_bringup import runner
from sac_bringup.arguments import TrainArguments
from sac_bringup.configuration import base_parameters
from sac_bringup.graph import Plan, train_graph
from sac_bringup.installation import config_directory
from sac_bringup.parameter_file import Parameters
from sac_bringup.robots import controller_of, reconcile_policy
import yaml


@pytest.fixture
def config() -> Path:
    return config_directory()


def plan(config: Path, tmp_path: Path, **arguments: object) -> Plan:
    given = TrainArguments(run_dir=str(tmp_path / 'run'), **arguments)  # type: ignore[arg-type]
    return train_graph(given, config=config)


def parameters_of(plan: Plan, name: str) -> dict[str, object]:
    return next(each.parameters for each in plan.processes if each.name == name)


def test_the_twin_takes_the_place_of_the_simulator(config: Path, tmp_path: Path) -> None:
    names = [each.name for each in plan(config, tmp_path, robot='panda_sim').processes]
    assert names[:3] == ['panda_sim', 'franka_bridge', 'actor']
    assert 'sim_bridge' not in names


@pytest.mark.parametrize('rate', [0.0, 50.0])
def test_twin_bridge_and_actor_agree_on_the_clock(
    config: Path, tmp_path: Path, rate: float
) -> None:
    made = plan(config, tmp_path, robot='panda_sim', robot_type='fer', control_rate=rate)
    bridge, twin = parameters_of(made, 'franka_bridge'), parameters_of(made, 'panda_sim')
    assert bridge['lockstep'] is twin['lockstep'] is (rate == 0.0)
    assert (bridge['command_timeout'] == 0.0) == (rate == 0.0)
    assert bridge['robot_type'] == twin['robot_type'] == 'fer'
    assert bridge['joint_velocity'] == [2.175] * 4 + [2.61] * 3


@pytest.mark.parametrize(
    ('task', 'scene', 'controller'),
    [
        ('reach', 'table', 'cartesian_impedance_controller'),
        ('peg_insert', 'peg_insert', 'cartesian_impedance_controller'),
        ('joint_reach', 'table', 'joint_impedance_controller'),
    ],
)
def test_the_twin_is_prepared_for_the_task(
    config: Path, tmp_path: Path, task: str, scene: str, controller: str
) -> None:
    twin = parameters_of(plan(config, tmp_path, robot='panda_sim', task=task), 'panda_sim')
    assert (twin['scene'], twin['controller']) == (scene, controller)


def test_an_arm_has_a_preset_that_another_one_replaces(config: Path, tmp_path: Path) -> None:
    def batch_size(**arguments: object) -> object:
        return parameters_of(plan(config, tmp_path, **arguments), 'learner')['batch_size']

    assert batch_size(robot='panda_sim') != batch_size()
    assert batch_size(robot='panda_sim', preset='guide') == batch_size(preset='guide')
    assert batch_size(robot='panda_sim', batch_size=32) == 32


def test_a_task_may_have_a_preset_of_its_own(config: Path, tmp_path: Path) -> None:
    def discount(**arguments: object) -> object:
        return parameters_of(plan(config, tmp_path, **arguments), 'learner')['discount']

    of_task = discount(robot='panda_sim', task='joint_reach')
    assert of_task != discount(robot='panda_sim', task='reach')
    assert of_task == discount(preset='franka_joint_reach')
    params_file = tmp_path / 'task.yaml'
    params_file.write_text('franka_bridge: {ros__parameters: {task: joint_reach}}')
    assert of_task == discount(robot='panda_sim', params_file=str(params_file))
    assert discount(robot='panda_sim', task='joint_reach', preset='guide') != of_task


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'robot': 'panda_sim', 'control_rate': 20.0}, 'control_rate must be 50'),
        ({'robot': 'franka', 'robot_ip': 'x', 'control_rate': 0.0}, 'an arm does not wait'),
        ({'robot': 'franka'}, 'robot:=franka needs robot_ip'),
        ({'robot': 'franka', 'robot_ip': 'x', 'actors': 2}, 'needs actors:=1, got 2'),
    ],
)
def test_what_an_arm_cannot_do_is_refused(
    config: Path, tmp_path: Path, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        plan(config, tmp_path, **arguments)


def test_the_real_arm_without_its_driver_is_refused_with_where_to_get_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver_module, 'is_installed', lambda name: name != 'crisp_controllers')
    words = ['train', 'robot:=franka', 'robot_ip:=172.16.0.2', f'run_dir:={tmp_path}/run']
    assert runner.main(words) == 2
    error = capsys.readouterr().err
    assert 'crisp_controllers (https://github.com/utiasDSL/crisp_controllers)' in error
    assert not (tmp_path / 'run').exists()


def test_the_real_arm_has_a_driver_and_is_for_ros2_launch_alone(
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(driver_module, 'is_installed', lambda name: True)
    made = plan(config, tmp_path, robot='franka', robot_ip='172.16.0.2', namespace='lab')
    assert made.driver is not None
    assert made.driver.controller == 'cartesian_impedance_controller'
    assert made.driver.arguments == {
        'robot_type': 'fr3',
        'robot_ip': '172.16.0.2',
        'namespace': 'lab',
        'load_gripper': 'true',
        'controllers_yaml': str(config / 'franka_driver_fr3.yaml'),
    }
    words = ['train', 'robot:=franka', 'robot_ip:=172.16.0.2', f'run_dir:={tmp_path}/run']
    assert runner.main(words) == 2
    assert 'ros2 launch sac_actor train.launch.py robot:=franka' in capsys.readouterr().err


@pytest.fixture
def parameters(config: Path) -> Parameters:
    return base_parameters(config)


def test_a_policy_runs_on_the_robot_that_it_is_for(parameters: Parameters) -> None:
    reconcile_policy('panda_sim', parameters, 'franka/joint_reach')
    assert parameters['franka_bridge']['task'] == 'joint_reach'
    assert controller_of(parameters) == 'joint_impedance_controller'
    reconcile_policy('sim', parameters, 'Pendulum-v1')
    assert parameters['sim_bridge']['env_id'] == 'Pendulum-v1'


@pytest.mark.parametrize(
    ('robot', 'env_id'), [('sim', 'franka/reach'), ('panda_sim', 'Pendulum-v1')]
)
def test_a_policy_for_another_robot_is_refused(
    parameters: Parameters, robot: str, env_id: str
) -> None:
    with pytest.raises(ValueError, match=f'the checkpoint is for {env_id}'):
        reconcile_policy(robot, parameters, env_id)


def test_the_run_file_names_the_robot(config: Path, tmp_path: Path) -> None:
    made = plan(config, tmp_path, robot='panda_sim', task='joint_reach')
    assert made.file is not None
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run' / 'run.yaml').write_text(made.file.text())
    assert yaml.safe_load(made.file.text())['robot'] == 'panda_sim'
    again = TrainArguments(resume=str(tmp_path / 'run'), max_env_steps=7)
    resumed = train_graph(again, config=config)
    assert parameters_of(resumed, 'franka_bridge')['task'] == 'joint_reach'
    assert [each.name for each in resumed.processes][:2] == ['panda_sim', 'franka_bridge']
    for changed in ({'robot': 'franka'}, {'task': 'reach'}, {'robot_type': 'fer'}):
        given = TrainArguments(resume=str(tmp_path / 'run'), **changed)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match='start a new run'):
            train_graph(given, config=config)


def test_a_robot_that_somebody_else_starts_has_no_node_here_and_run_id_0(
    config: Path, tmp_path: Path
) -> None:
    started = plan(config, tmp_path, robot='external', control_rate=0.0)
    assert [each.name for each in started.processes] == ['actor', 'learner', 'monitor']
    assert {each.parameters.get('run_id', 0) for each in started.processes} == {0}
    assert started.file is not None
    assert started.file.robot == 'external'
    assert parameters_of(started, 'learner')['lockstep'] is True


def test_two_robots_of_somebody_else_are_refused(config: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='robot:=external needs actors:=1, got 2'):
        plan(config, tmp_path, robot='external', actors=2)


OTHERS = """
from sac_bringup.robot_packages import Robot, RobotNode
node = RobotNode(
    package='rail', executable='rail_node', name='rail', parameters={'length': 2.0}
)
nodes = (node,)
RAIL = Robot(env_id='Rail', nodes=nodes)
SIMULATED = Robot(env_id='Rail', nodes=nodes, waits=True, knows_run=True)
"""


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a package with robots where Python finds it, installed as `rail`."""
    (tmp_path / 'rail_robots.py').write_text(OTHERS)
    info = tmp_path / 'rail_robots-1.0.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text('Metadata-Version: 2.1\nName: rail-robots\nVersion: 1.0\n')
    (info / 'entry_points.txt').write_text('[sac.robots]\nrail = rail_robots:RAIL\n')
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures('others')
@pytest.mark.parametrize('robot', ['rail', 'rail_robots:RAIL'])
def test_a_robot_of_another_package_is_started_with_the_run(
    config: Path, tmp_path: Path, robot: str
) -> None:
    started = plan(config, tmp_path, robot=robot, respawn='all')
    rail, *rest = started.processes
    assert (rail.package, rail.executable, rail.parameters) == (
        'rail',
        'rail_node',
        {'length': 2.0},
    )
    assert rail.respawn
    assert [each.name for each in rest] == ['actor', 'learner', 'monitor']
    assert {each.parameters.get('run_id', 0) for each in started.processes} == {0}


@pytest.mark.usefixtures('others')
def test_one_that_knows_its_run_hears_no_other(config: Path, tmp_path: Path) -> None:
    started = plan(config, tmp_path, robot='rail_robots:SIMULATED', control_rate=0.0)
    assert started.file is not None
    assert parameters_of(started, 'rail')['run_id'] == started.file.run_id > 0


@pytest.mark.usefixtures('others')
@pytest.mark.parametrize(
    ('robot', 'message'),
    [
        ('rial', 'robot must be one of external, franka, panda_sim, rail, sim, or MODULE:NAME'),
        ('rail_robots:NONE', "robot 'rail_robots:NONE' cannot be imported: module"),
        ('math:pi', "robot 'math:pi' must be a sac_bringup Robot, got 3.14"),
    ],
)
def test_what_is_no_robot_is_refused(
    config: Path, tmp_path: Path, robot: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        plan(config, tmp_path, robot=robot)


@pytest.mark.usefixtures('others')
def test_a_robot_that_does_not_wait_has_no_lockstep(config: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='control_rate must be above 0 for robot:=rail,'):
        plan(config, tmp_path, robot='rail', control_rate=0.0)
