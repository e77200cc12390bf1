# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes the whole robot state, `franka_msgs/FrankaRobotState`."""

from __future__ import annotations

from builtin_interfaces.msg import Time
from franka_msgs.msg import Errors, FrankaRobotState
import numpy as np
from panda_sim.arm import Arm
from panda_sim.real_time import Every
from panda_sim.ros import driver_topics as topics
from panda_sim.ros.state_publisher import joint_state, pose, set_halves, wrench
from panda_sim.state import TwinState
from rclpy.node import Node
from std_msgs.msg import Header

_IDENTITY = np.array([0.0, 0.0, 0.0, 1.0])


class RobotStatePublisher:
    """
    The robot state, filled only if somebody listens.

    :param rate: Hz
    """

    def __init__(self, node: Node, arm: Arm, *, rate: float) -> None:
        self._arm = arm
        self._due = Every(rate)
        self._publisher = node.create_publisher(
            FrankaRobotState, topics.ROBOT_STATE, topics.RELIABLE
        )

    def publish(self, state: TwinState, stamp: Time, tick: int, *, always: bool = False) -> None:
        """Publish if it is due. :param tick: of the simulation, 1 ms each"""
        if (self._due.is_due(tick) or always) and self._publisher.get_subscription_count():
            self._publisher.publish(robot_state(state, self._arm, stamp))


def robot_state(state: TwinState, arm: Arm, stamp: Time) -> FrankaRobotState:
    """:return: the message, each of its parts with the stamp"""
    prefix, joints, hand = arm.name, arm.joint_names, arm.hand
    base, flange, tool = f'{prefix}_link0', f'{prefix}_link8', f'{prefix}_hand_tcp'
    message = FrankaRobotState(
        measured_joint_state=joint_state(
            joints,
            state.joint_positions,
            state.joint_velocities,
            state.joint_torques,
            frame=base,
        ),
        desired_joint_state=joint_state(
            joints,
            state.desired_positions,
            state.desired_velocities,
            state.desired_torques,
            frame=base,
        ),
        measured_joint_motor_state=joint_state(
            joints, state.joint_positions, state.joint_velocities, None, frame=base
        ),
        tau_ext_hat_filtered=joint_state(joints, None, None, state.external_torques, frame=base),
        ddq_d=state.desired_accelerations,
        dtau_j=state.torque_rates,
        k_f_ext_hat_k=wrench(state.wrench, tool),
        o_f_ext_hat_k=wrench(state.wrench_in_base, base),
        o_t_ee=pose(state.tcp_position, state.tcp_orientation, base),
        o_t_ee_d=pose(state.desired_tcp_position, state.desired_tcp_orientation, base),
        o_t_ee_c=pose(state.desired_tcp_position, state.desired_tcp_orientation, base),
        f_t_ee=pose(
            np.array(hand.tcp),
            np.array([0.0, 0.0, np.sin(hand.yaw / 2), np.cos(hand.yaw / 2)]),
            flange,
        ),
        ee_t_k=pose(np.zeros(3), _IDENTITY, tool),
        time=state.time,
        control_command_success_rate=state.success_rate,
        robot_mode=int(state.robot_mode),
        current_errors=_errors(state.current_errors),
        last_motion_errors=_errors(state.last_motion_errors),
    )
    elbow = [float(state.joint_positions[2]), 1.0 if state.joint_positions[3] > 0.0 else -1.0]
    message.elbow.position = message.elbow.desired_position = np.array(elbow)
    inertia = message.inertia_ee.inertia
    inertia.m = hand.hand_link.mass + 2.0 * hand.finger_link.mass
    message.inertia_total.inertia.m = inertia.m
    _fill_collisions(message, state)
    message.header.frame_id = base
    for part in _stamped(message):
        part.stamp = stamp
    return message


def _fill_collisions(message: FrankaRobotState, state: TwinState) -> None:
    flags = message.collision_indicators
    flags.is_joint_contact = state.joint_contact
    flags.is_joint_collision = state.joint_collision
    set_halves(
        flags.is_cartesian_linear_contact,
        flags.is_cartesian_angular_contact,
        state.cartesian_contact,
    )
    set_halves(
        flags.is_cartesian_linear_collision,
        flags.is_cartesian_angular_collision,
        state.cartesian_collision,
    )


def _errors(names: frozenset[str]) -> Errors:
    return Errors(**dict.fromkeys(names, True))


def _stamped(message: FrankaRobotState) -> list[Header]:
    parts = (getattr(message, name) for name in message.get_fields_and_field_types())
    return [message.header, *(part.header for part in parts if hasattr(part, 'header'))]
