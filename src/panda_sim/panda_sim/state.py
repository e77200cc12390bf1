# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the twin's driver reports at one time."""

from __future__ import annotations

from dataclasses import dataclass

from panda_sim.arm import Vector
from panda_sim.robot import RobotMode


@dataclass(frozen=True)
class TwinState:
    """
    A copy: it does not change when the twin goes on.

    Poses are of the tool center point in the base frame, orientations xyzw. Joint vectors are
    (7,) in rad, rad/s, Nm; wrenches (6,) in N and Nm, positive where the robot acts on its
    surroundings.

    :param time: simulated time (s)
    :param joint_torques: measured behind the gears, with what gravity takes
    :param desired_torques: commanded, without gravity
    :param torque_rates: of the measured torques (Nm/s)
    :param wrench: in the stiffness frame, which is the tool's
    :param desired_twist: (6,) of the controller's target (m/s, rad/s)
    """

    time: float
    joint_positions: Vector
    joint_velocities: Vector
    joint_torques: Vector
    desired_positions: Vector
    desired_velocities: Vector
    desired_torques: Vector
    desired_accelerations: Vector
    torque_rates: Vector
    external_torques: Vector
    tcp_position: Vector
    tcp_orientation: Vector
    desired_tcp_position: Vector
    desired_tcp_orientation: Vector
    desired_twist: Vector
    twist: Vector
    wrench: Vector
    wrench_in_base: Vector
    gripper_width: float
    robot_mode: RobotMode
    current_errors: frozenset[str]
    last_motion_errors: frozenset[str]
    joint_contact: Vector
    joint_collision: Vector
    cartesian_contact: Vector
    cartesian_collision: Vector
    success_rate: float
