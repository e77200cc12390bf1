# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The robots that can be trained: which nodes stand for each, and what these must agree on."""

from __future__ import annotations

from franka_bridge.tasks.catalog import find_task
from sac_bringup.pace import check_rate
from sac_bringup.parameter_file import Parameters
from sac_bringup.robot_packages import find_robot

EXTERNAL = 'external'  # the robot's node is started by somebody else, and has run_id 0
# Nodes on the robot's side; package and executable are named after them. The bridge comes last.
_NODES = {
    'sim': ('sim_bridge',),
    'panda_sim': ('panda_sim', 'franka_bridge'),
    'franka': ('franka_bridge',),
    EXTERNAL: (),
}
ROBOT_NODES = tuple(sorted({name for names in _NODES.values() for name in names}))
_FRANKA = 'franka/'  # begins the env_id of each task of the arm


def is_arm(robot: str) -> bool:
    """Return whether a robot is the Franka arm or its twin."""
    return 'franka_bridge' in nodes_of(robot)


def nodes_of(robot: str) -> tuple[str, ...]:
    """Name this suite's nodes on a robot's side, the bridge last; none for a robot of others."""
    return _NODES.get(robot, ())


def env_id_of(robot: str, parameters: Parameters) -> str:
    """Name what is learned, as the bridge will; 'external' where only the bridge knows."""
    if robot == EXTERNAL:
        return EXTERNAL
    if others := find_robot(robot):
        return others.env_id
    if robot == 'sim':
        return str(parameters['sim_bridge']['env_id'])
    return _FRANKA + str(parameters['franka_bridge']['task'])


def reconcile_policy(
    robot: str, parameters: Parameters, env_id: str, *, origin: str = 'checkpoint'
) -> None:
    """Let a robot do what a policy was trained for, or a recording is of.

    :param env_id: of the policy; empty: not known
    :param origin: who says so
    :raises ValueError: where this robot cannot
    """
    if not env_id or not nodes_of(robot):
        return
    if robot == 'sim':
        if env_id.startswith(_FRANKA):
            raise ValueError(
                f'the {origin} is for {env_id}: give robot:=panda_sim or robot:=franka'
            )
        parameters['sim_bridge']['env_id'] = env_id
    elif not env_id.startswith(_FRANKA):
        raise ValueError(f'the {origin} is for {env_id}, not for robot:={robot}')
    else:
        parameters['franka_bridge']['task'] = env_id.removeprefix(_FRANKA)


def reconcile_robot(robot: str, parameters: Parameters) -> None:
    """Make the nodes of a robot agree with the control loop and with each other.

    :raises ValueError: where they cannot
    """
    rate, others = parameters['actor']['control_rate'], find_robot(robot)
    if others and rate == 0.0 and not others.waits:
        raise ValueError(f'control_rate must be above 0 for robot:={robot}, which does not wait')
    if not nodes_of(robot):
        return
    bridge = parameters[nodes_of(robot)[-1]]
    if robot == 'franka' and rate == 0.0:
        raise ValueError('control_rate must be above 0 for robot:=franka: an arm does not wait')
    if rate == 0.0:
        # The simulator stands still between two commands, however long the learner takes.
        bridge['command_timeout'] = 0.0
    elif rate > 0.0:
        check_rate(parameters, nodes_of(robot)[-1])
    if robot != 'sim':
        _reconcile_arm(parameters, rate)


def _reconcile_arm(parameters: Parameters, rate: float) -> None:
    bridge, twin = parameters['franka_bridge'], parameters['panda_sim']
    duration = bridge['step_duration']
    if rate > 0.0 and abs(rate * duration - 1.0) > 1e-6:
        raise ValueError(
            f'control_rate must be {1 / duration:g}, a tick for each step_duration of'
            f' {duration:g} s, got {rate:g}'
        )
    bridge['lockstep'] = rate == 0.0
    twin['controller'] = controller_of(parameters)
    same = ('robot_type', 'joint_prefix', 'base_position', 'base_orientation')
    for name in (*same, 'step_duration', 'lockstep'):
        twin[name] = bridge[name]
    if scene := find_task(bridge['task']).scene:
        twin['scene'] = scene


def controller_of(parameters: Parameters) -> str:
    """Name the controller that takes the bridge's targets.

    :raises ValueError: where the table of back ends has no such row
    """
    bridge = parameters['franka_bridge']
    chosen = bridge['back_end']
    if chosen == 'auto':
        moves_joints = find_task(bridge['task']).motion == 'joint'
        chosen = 'joint_impedance' if moves_joints else 'cartesian_impedance'
    rows = {row.split()[0]: row.split() for row in bridge['back_ends'] if len(row.split()) > 1}
    if chosen not in rows:
        raise ValueError(f'back_end must be one of {sorted(rows)} or auto, got {chosen!r}')
    return str(rows[chosen][1].replace('{robot_type}', bridge['robot_type']))
