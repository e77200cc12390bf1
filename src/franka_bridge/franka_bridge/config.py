# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the bridge, but for the limits of the arm (limits.py)."""

from __future__ import annotations

from dataclasses import dataclass
import math
import re

from franka_bridge.base import BaseFrame
import numpy as np
from sac_core.settings import setting, Settings


@dataclass(frozen=True)
class FrankaBridgeSettings(Settings):
    """What the arm is to do, and when the bridge speaks and listens."""

    robot_type: str = setting(
        'fr3',
        'the arm, as franka_ros2 calls it: joints are ROBOT_TYPE_joint1 to 7',
        choices=('fr3', 'fer'),
    )
    joint_prefix: str = setting(
        '',
        "what the names of joints and links begin with, before ROBOT_TYPE, where a robot's"
        ' description holds several arms, as left_ in left_fr3_joint1',
    )
    base_position: tuple[float, ...] = setting(
        (0.0, 0.0, 0.0),
        "of the arm's base in the world, the root of the robot's description [m]; goals, starts,"
        ' observations, the box and the targets of poses are in the world',
        low=-1000.0,
        high=1000.0,
    )
    base_orientation: tuple[float, ...] = setting(
        (0.0, 0.0, 0.0, 1.0),
        'of the base there, unit quaternion x, y, z, w; that of an arm that hangs: 1, 0, 0, 0',
        low=-1.0,
        high=1.0,
    )
    task: str = setting('reach', 'name of the task, see franka_bridge/tasks; or MODULE:Class')
    task_numbers: str = setting(
        '', "numbers of the task that are to differ from its own: 'NAME=VALUE; ...', see tasks"
    )
    seed: int = setting(0, 'seed of the starts and goals of the episodes', low=0)
    back_end: str = setting(
        'auto',
        'how targets reach the arm, a row of back_ends; auto: cartesian_impedance or'
        ' joint_impedance, as the task moves',
    )
    has_gripper: bool = setting(
        True, "whether Franka's hand is there: its width is then waited for and watched"
    )
    step_duration: float = setting(0.02, 'time of one step [s]', low=0.005, high=1.0)
    lead: float = setting(
        0.008,
        'how long before the end of its step the observation is sent, so that it is there when the'
        " actor's clock ticks [s]",
        low=0.0,
        high=0.5,
    )
    lockstep: bool = setting(
        False, 'true: each step advances a twin, by panda_sim/advance, as far as it goes'
    )
    heartbeat_period: float = setting(
        0.5,
        'time without a command after which the newest observation is sent again [s]',
        low=0.01,
        high=3600.0,
    )
    command_timeout: float = setting(
        0.5,
        'time without a valid command, after the first one, until the arm is held where it is'
        ' [s]; 0: never, for a lockstep in which the actor waits for the learner',
        low=0.0,
        high=3600.0,
    )
    poll_period: float = setting(
        0.01, "how often the driver's newest state is read and checked [s]", low=0.001, high=0.05
    )
    rt_priority: int = setting(
        0,
        'priority of the process under SCHED_FIFO, below that of the actor: who has no processor'
        ' cannot answer in time; 0: the ordinary scheduler',
        low=0,
        high=99,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lead >= self.step_duration:
            raise ValueError(
                f'lead must be below step_duration ({self.step_duration:g}), got {self.lead:g}'
            )
        if self.joint_prefix and not re.fullmatch('[A-Za-z][A-Za-z0-9_]*', self.joint_prefix):
            raise ValueError(
                'joint_prefix must begin with a letter and hold letters, digits and _,'
                f' got {self.joint_prefix!r}'
            )

        if len(self.base_position) != 3:
            raise ValueError(f'base_position must be 3 numbers, got {self.base_position}')
        turn = self.base_orientation
        if len(turn) != 4 or abs(math.hypot(*turn) - 1.0) > 1e-3:
            raise ValueError(f'base_orientation must be a unit quaternion x, y, z, w, got {turn}')

    @property
    def base(self) -> BaseFrame:
        """Where the arm stands."""
        orientation = np.array(self.base_orientation)
        return BaseFrame(np.array(self.base_position), orientation / np.linalg.norm(orientation))

    @property
    def arm_name(self) -> str:
        """What the names of all joints and links of the arm begin with."""
        return f'{self.joint_prefix}{self.robot_type}'

    @property
    def joint_names(self) -> list[str]:
        """Of the seven joints, from the base on."""
        return [f'{self.arm_name}_joint{index}' for index in range(1, 8)]


@dataclass(frozen=True)
class DriverSettings(Settings):
    """The driver's own names, and how a fault is recovered from."""

    back_ends: tuple[str, ...] = setting(
        (
            'cartesian_impedance cartesian_impedance_controller target_pose'
            ' geometry_msgs/msg/PoseStamped reliable 1',
            'joint_impedance joint_impedance_controller target_joint'
            ' sensor_msgs/msg/JointState reliable 1',
            'joint_trajectory {robot_type}_arm_controller {robot_type}_arm_controller/'
            'joint_trajectory trajectory_msgs/msg/JointTrajectory reliable 1',
        ),
        'each a row: name, controller, topic, message, reliability, depth',
    )
    hardware: str = setting('FrankaHardwareInterface', 'name of the hardware component')
    broadcasters: tuple[str, ...] = setting(
        ('joint_state_broadcaster', 'franka_robot_state_broadcaster'),
        "controllers that publish the arm's state; a fault deactivates them, too",
    )
    recoverable_errors: tuple[str, ...] = setting(
        (
            'joint_reflex',
            'cartesian_reflex',
            'communication_constraints_violation',
            'controller_torque_discontinuity',
        ),
        'error flags of the robot that are cleared without a person',
    )
    recovery_tries: int = setting(
        3, 'recoveries without an episode between them, after which a person is needed', low=0
    )
    recovery_pause: float = setting(
        2.0, 'time that the arm is left alone before a recovery begins [s]', low=0.0, high=600.0
    )
    recovery_timeout: float = setting(
        10.0, 'longest time of each step of a recovery [s]', low=0.1, high=600.0
    )
