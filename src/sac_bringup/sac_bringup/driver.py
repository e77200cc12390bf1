# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The driver of the real arm: which launch file starts it, and what must be installed for that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sac_bringup.arguments import RunArguments
from sac_bringup.installation import is_installed
from sac_bringup.parameter_file import Parameters
from sac_bringup.robots import controller_of

_FRANKA_ROS2 = 'franka_ros2 3.3.0 or later: https://github.com/frankarobotics/franka_ros2'
_WHERE = {
    'franka_bringup': _FRANKA_ROS2,
    'franka_msgs': _FRANKA_ROS2,
    'controller_manager': 'sudo apt-get install ros-jazzy-ros2-control',
    'controller_manager_msgs': 'sudo apt-get install ros-jazzy-ros2-control',
    'crisp_controllers': 'https://github.com/utiasDSL/crisp_controllers',
    'joint_trajectory_controller': 'sudo apt-get install ros-jazzy-ros2-controllers',
}


@dataclass(frozen=True)
class DriverProcess:
    """franka_bringup's launch file with the arguments that it has, and a controller on top.

    :param controller: to be loaded and activated by the spawner of the controller manager
    """

    package: str
    launch_file: str
    arguments: dict[str, str]
    controller: str
    namespace: str


def describe_driver(
    arguments: RunArguments, parameters: Parameters, config: Path, *, namespace: str, actors: int
) -> DriverProcess | None:
    """Describe the driver; None where the robot needs none.

    :param config: directory of franka_driver_ROBOT_TYPE.yaml
    :param namespace: '' or '/some/namespace'
    :raises ValueError: where an argument is missing, or a package that is needed
    """
    if arguments.robot != 'franka':
        return None
    if not arguments.robot_ip:
        raise ValueError('robot:=franka needs robot_ip, as robot_ip:=172.16.0.2')
    if actors > 1:
        raise ValueError(f'robot:=franka needs actors:=1, got {actors}')
    bridge = parameters['franka_bridge']
    controller = controller_of(parameters)
    stock = controller.endswith('_arm_controller')
    _refuse_without('joint_trajectory_controller' if stock else 'crisp_controllers')
    robot_type = bridge['robot_type']
    return DriverProcess(
        package='franka_bringup',
        launch_file='franka.launch.py',
        arguments={
            'robot_type': robot_type,
            'robot_ip': arguments.robot_ip,
            'namespace': namespace.strip('/'),
            'load_gripper': str(bridge['has_gripper']).lower(),
            'controllers_yaml': str(config / f'franka_driver_{robot_type}.yaml'),
        },
        controller=controller,
        namespace=namespace,
    )


def _refuse_without(plugin: str) -> None:
    needed = ('franka_bringup', 'franka_msgs', 'controller_manager', 'controller_manager_msgs')
    missing = [name for name in (*needed, plugin) if not is_installed(name)]
    if missing:
        where = '; '.join(f'{name} ({_WHERE[name]})' for name in missing)
        raise ValueError(f'robot:=franka needs packages that are not installed: {where}')
