# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The processes of a run as plain data: what the launch files and the runner both start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sac_bringup import checks
from sac_bringup.arguments import PolicyArguments, RunArguments, TrainArguments
from sac_bringup.configuration import algorithm_of, configure
from sac_bringup.driver import describe_driver, DriverProcess
from sac_bringup.earlier_run import EarlierRun, RUN_FILE, RunFile
from sac_bringup.parameter_file import Parameters
from sac_bringup.prior import set_prior_data
from sac_bringup.process import Process
from sac_bringup.recording import recorder
from sac_bringup.robot_packages import find_robot, Robot
from sac_bringup.robot_side import namespace_of, ONE_THREAD, robot_namespaces, robot_sides
from sac_bringup.robots import (
    env_id_of,
    EXTERNAL,
    reconcile_policy,
    reconcile_robot,
    ROBOT_NODES,
)
from sac_core.sessions import new_session

# Where a training run departs from the defaults of a node that is started alone.
TRAIN_DEFAULTS = {'actor': {'max_env_steps': 100_000}}

# The nodes that have the parameter run_id.
_WITH_RUN_ID = (
    *('sim_bridge', 'franka_bridge', 'actor', 'joy_teleop'),
    *('learner', 'monitor', 'dashboard'),
)
_NODES = (*ROBOT_NODES, 'actor', 'learner', 'monitor', 'recorder')


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A run to be started.

    :param namespace: of the topics that its processes share, as 'some/namespace'
    :param run_dir: None: nothing is recorded
    :param file: what to keep in run_dir, None: it cannot be resumed
    :param driver: of a real arm, which only `ros2 launch` can start
    """

    processes: list[Process]
    namespace: str
    run_dir: Path | None
    file: RunFile | None = None
    driver: DriverProcess | None = None


def train_graph(arguments: TrainArguments, *, config: Path, in_terminal: bool = False) -> Plan:
    """Describe a training run: learner, monitor, and a robot with its actor for each actor.

    With a recorder, a teleoperation and a dashboard where they are asked for.

    :param config: directory of default.yaml and the presets
    :param in_terminal: the monitor's progress line is shown in place
    :raises ValueError: for a bad argument or file, naming it and the value
    """
    earlier = None if arguments.resume is None else EarlierRun.read(arguments.resume)
    if earlier is not None:
        arguments = earlier.complete(arguments)
        source = str(earlier.run_dir / RUN_FILE)
        earlier.check_algorithm(algorithm_of(arguments, config, earlier.file.parameters))
        parameters = configure(arguments, config, earlier.file.parameters, source=source)
        set_prior_data(arguments, parameters)
        earlier.check(parameters)
        run_dir = earlier.run_dir
    else:
        parameters = configure(arguments, config, TRAIN_DEFAULTS)
        set_prior_data(arguments, parameters)
        run_dir = checks.new_run_dir(arguments.run_dir, env_id_of(arguments.robot, parameters))
    namespace = namespace_of(arguments)
    reconcile_robot(arguments.robot, parameters)
    driver = None
    if not arguments.offline_only:
        driver = describe_driver(
            arguments, parameters, config, namespace=namespace, actors=arguments.actors
        )
    run_id = _run_id(arguments, earlier.file.run_id if earlier else 0)
    learner = parameters['learner']
    learner['lockstep'] = parameters['actor']['control_rate'] == 0.0
    learner['checkpoint_dir'] = str(run_dir / 'checkpoints')
    learner['replay_dir'] = str(run_dir / 'replay')
    processes = [
        Process(
            package='sac_learner',
            executable='learner_node',
            name='learner',
            namespace=namespace,
            parameters=learner,
            log_level=arguments.log_level,
            ends_run=arguments.offline_only,
        )
    ]
    if not arguments.offline_only:
        actors = arguments.actors
        processes = [
            *_recorder(arguments, parameters, run_dir, actors=actors),
            *robot_sides(arguments, parameters, run_dir, actors=actors),
            *_teleop(arguments, parameters, actors=actors),
            *processes,
            _monitor(arguments, parameters, run_dir, actors=actors, in_terminal=in_terminal),
        ]
    processes += _dashboard(arguments, parameters, run_dir, actors=arguments.actors)
    others = find_robot(arguments.robot)
    nodes = (*_NODES, *(each.name for each in (others.nodes if others else ())))
    respawned = {'none': (), 'learner': ('learner',), 'all': nodes}[arguments.respawn]
    return Plan(
        processes=[
            replace(each, respawn=each.name in respawned)
            for each in _of_one_run(processes, run_id, others)
        ],
        namespace=namespace.strip('/'),
        run_dir=run_dir,
        file=RunFile(arguments.actors, namespace.strip('/'), parameters, arguments.robot, run_id),
        driver=driver,
    )


def policy_graph(arguments: PolicyArguments, *, config: Path, in_terminal: bool = False) -> Plan:
    """Describe a run of a trained policy: a robot, its actor, a monitor, and no learner.

    With a recorder, a teleoperation and a dashboard where they are asked for.

    :raises ValueError: as `train_graph`
    """
    parameters = configure(arguments, config, {})
    checkpoint, trained_in = checks.existing_checkpoint(arguments.checkpoint)
    given = parameters['sim_bridge']['env_kwargs'] or None
    environment = trained_in.chosen(arguments.env_id, given)
    reconcile_policy(arguments.robot, parameters, environment.env_id)
    parameters['sim_bridge']['env_kwargs'] = environment.env_kwargs
    reconcile_robot(arguments.robot, parameters)
    driver = describe_driver(
        arguments, parameters, config, namespace=namespace_of(arguments), actors=1
    )
    parameters['actor'].update(
        checkpoint=str(checkpoint),
        deterministic=arguments.deterministic,
        random_steps=0,
        short_episode_steps=0,
        max_env_steps=0,
        max_episodes=arguments.episodes,
    )
    run_dir = None
    if arguments.run_dir is not None:
        run_dir = checks.new_run_dir(arguments.run_dir, environment.env_id)
    processes = [
        *_recorder(arguments, parameters, run_dir, actors=1),
        *robot_sides(arguments, parameters, None, actors=1),
        *_teleop(arguments, parameters, actors=1),
        _monitor(arguments, parameters, run_dir, actors=1, in_terminal=in_terminal),
        *_dashboard(arguments, parameters, run_dir, actors=1),
    ]
    namespace = namespace_of(arguments).strip('/')
    others = find_robot(arguments.robot)
    processes = _of_one_run(processes, _run_id(arguments), others)
    return Plan(processes=processes, namespace=namespace, run_dir=run_dir, driver=driver)


def _run_id(arguments: RunArguments, earlier: int = 0) -> int:
    """Draw the number of a run, or keep that of an earlier start.

    Where the robot's node cannot know it the run has 0, like nodes that are started by hand.
    """
    others = find_robot(arguments.robot)
    is_known = others.knows_run if others else arguments.robot != EXTERNAL
    return (earlier or new_session()) if is_known else 0


def _of_one_run(processes: Sequence[Process], run_id: int, others: Robot | None) -> list[Process]:
    """Let the nodes know each other, so that they hear no node of another run."""
    knowing = others.nodes if others and others.knows_run else ()
    with_run_id = {*_WITH_RUN_ID, *(each.name for each in knowing)}
    return [
        replace(each, parameters={**each.parameters, 'run_id': run_id})
        if each.name in with_run_id
        else each
        for each in processes
    ]


def _teleop(arguments: RunArguments, parameters: Parameters, *, actors: int) -> list[Process]:
    """Describe what a person drives with; its joystick's own driver is the user's to start."""
    if arguments.teleop == 'none':
        return []
    if actors > 1:
        raise ValueError(f'teleop:={arguments.teleop} needs actors:=1, got {actors}')
    return [
        Process(
            package='sac_actor',
            executable='joy_teleop_node',
            name='joy_teleop',
            namespace=namespace_of(arguments),
            parameters=parameters['joy_teleop'],
            environment=ONE_THREAD,
            log_level=arguments.log_level,
        )
    ]


def _recorder(
    arguments: RunArguments, parameters: Parameters, run_dir: Path | None, *, actors: int
) -> list[Process]:
    """Describe what records the run: first of all, so that it hears everything."""
    if not arguments.record:
        return []
    if run_dir is None:
        raise ValueError('record:=true needs run_dir, where the recording goes')
    namespace = namespace_of(arguments)
    return [
        recorder(
            run_dir / 'recording',
            namespace=namespace,
            robots=robot_namespaces(namespace, actors),
            parameters=parameters['recorder'] | {'actors': actors},
            environment=ONE_THREAD,
            log_level=arguments.log_level,
        )
    ]


def _monitor(
    arguments: RunArguments,
    parameters: Parameters,
    run_dir: Path | None,
    *,
    actors: int,
    in_terminal: bool,
) -> Process:
    own = dict(parameters['monitor'])
    checks.wandb_is_installed(own['wandb'])
    own['run_dir'] = str(run_dir or '')
    own['resume'] = True  # that the directory is this run's own is checked before
    own['actors'] = actors
    for name in ('max_env_steps', 'max_episodes'):
        own[name] = parameters['actor'][name]
    if own['progress'] in ('auto', 'line'):  # its own output is a pipe, and tells it nothing
        own['progress'] = 'line' if in_terminal else 'plain'
    return Process(
        package='sac_monitor',
        executable='monitor_node',
        name='monitor',
        namespace=namespace_of(arguments),
        parameters=own,
        environment=ONE_THREAD,
        log_level=arguments.log_level,
        required=False,
    )


def _dashboard(
    arguments: RunArguments, parameters: Parameters, run_dir: Path | None, *, actors: int
) -> list[Process]:
    """Describe the page for the browser; the run continues without it, should it die."""
    if not arguments.dashboard:
        return []
    own = dict(parameters['dashboard'])
    own.update(run_dir=str(run_dir or ''), actors=actors)
    own['max_env_steps'] = parameters['actor']['max_env_steps']
    return [
        Process(
            package='sac_dashboard',
            executable='dashboard_node',
            name='dashboard',
            namespace=namespace_of(arguments),
            parameters=own,
            environment=ONE_THREAD,
            log_level=arguments.log_level,
            required=False,
        )
    ]


def describe_graph(processes: Sequence[Process]) -> str:
    """List nodes, parameters and remappings for a reader."""
    lines = []
    for each in processes:
        lines.append(f'/{each.label}: {each.package} {each.executable}')
        lines += [f'  {name}={value}' for name, value in each.environment.items()]
        lines += [f'  {old} -> {new}' for old, new in each.remappings]
        lines += [f'  {name}: {value!r}' for name, value in each.parameters.items()]
    return '\n'.join(lines)
