# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes the state as joint_state_broadcaster and franka_robot_state_broadcaster do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
import numpy as np
from panda_sim.arm import Arm, Vector
from panda_sim.real_time import Every
from panda_sim.ros import driver_topics as topics
from panda_sim.state import TwinState
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import JointState

Fill = Callable[[TwinState], Any]


class StatePublisher:
    """
    All state topics but the whole robot state, each filled only if somebody listens.

    :param joint_states_rate: Hz
    :param convenience_rate: of the broadcaster's small topics (Hz)
    """

    def __init__(
        self, node: Node, arm: Arm, *, joint_states_rate: float, convenience_rate: float
    ) -> None:
        base, tool = f'{arm.name}_link0', f'{arm.name}_hand_tcp'
        joints = arm.joint_names
        self._joint_states_due = Every(joint_states_rate)
        self._convenience_due = Every(convenience_rate)
        self._gripper_due = Every(topics.GRIPPER_RATE)
        self._merged_due = Every(topics.MERGED_RATE)
        publish = node.create_publisher
        self._joint_states = (
            publish(JointState, topics.JOINT_STATES, topics.RELIABLE),
            lambda s: joint_state(
                joints, s.joint_positions, s.joint_velocities, s.joint_torques, frame='base_link'
            ),
        )
        self._gripper = (
            publish(JointState, topics.GRIPPER_JOINT_STATES, topics.NEWEST),
            lambda s: joint_state(
                arm.finger_names, np.full(2, s.gripper_width / 2), np.zeros(2), np.zeros(2)
            ),
        )
        self._merged = (
            publish(JointState, topics.MERGED_JOINT_STATES, topics.RELIABLE),
            lambda s: joint_state(
                joints + arm.finger_names,
                np.append(s.joint_positions, np.full(2, s.gripper_width / 2)),
                np.append(s.joint_velocities, np.zeros(2)),
                np.append(s.joint_torques, np.zeros(2)),
            ),
        )
        table: list[tuple[type, str, Fill]] = [
            (
                PoseStamped,
                topics.CURRENT_POSE,
                lambda s: pose(s.tcp_position, s.tcp_orientation, base),
            ),
            (
                PoseStamped,
                topics.LAST_DESIRED_POSE,
                lambda s: pose(s.desired_tcp_position, s.desired_tcp_orientation, base),
            ),
            (TwistStamped, topics.DESIRED_TWIST, lambda s: twist(s.desired_twist, base)),
            (
                JointState,
                topics.MEASURED_JOINT_STATES,
                lambda s: joint_state(
                    joints, s.joint_positions, s.joint_velocities, s.joint_torques, frame=base
                ),
            ),
            (
                JointState,
                topics.DESIRED_JOINT_STATES,
                lambda s: joint_state(
                    joints,
                    s.desired_positions,
                    s.desired_velocities,
                    s.desired_torques,
                    frame=base,
                ),
            ),
            (
                JointState,
                topics.EXTERNAL_JOINT_TORQUES,
                lambda s: joint_state(joints, None, None, s.external_torques, frame=base),
            ),
            (WrenchStamped, topics.WRENCH_IN_BASE, lambda s: wrench(s.wrench_in_base, base)),
            (WrenchStamped, topics.WRENCH_IN_STIFFNESS, lambda s: wrench(s.wrench, tool)),
        ]
        self._convenience: list[tuple[Publisher, Fill]] = [
            (publish(kind, topic, topics.CONVENIENCE), fill) for kind, topic, fill in table
        ]

    def publish(
        self,
        state: TwinState,
        stamp: Time,
        tick: int,
        *,
        joint_states: bool,
        robot_state: bool,
        always: bool = False,
    ) -> None:
        """
        Publish what is due.

        :param tick: of the simulation, 1 ms each
        :param joint_states: whether that broadcaster is active
        :param robot_state: whether that broadcaster is active
        :param always: publish all, whatever the rates say
        """
        if (self._joint_states_due.is_due(tick) or always) and joint_states:
            _send(*self._joint_states, state, stamp)
        if (self._merged_due.is_due(tick) or always) and joint_states:
            _send(*self._merged, state, stamp)
        if (self._convenience_due.is_due(tick) or always) and robot_state:
            for publisher, fill in self._convenience:
                _send(publisher, fill, state, stamp)
        if self._gripper_due.is_due(tick) or always:
            _send(*self._gripper, state, stamp)


def _send(publisher: Publisher, fill: Fill, state: TwinState, stamp: Time) -> None:
    if publisher.get_subscription_count():
        message = fill(state)
        message.header.stamp = stamp
        publisher.publish(message)


def joint_state(
    names: list[str],
    position: Vector | None,
    velocity: Vector | None,
    effort: Vector | None,
    *,
    frame: str = '',
) -> JointState:
    """:return: the message; what is None stays empty"""
    message = JointState(name=names)
    message.header.frame_id = frame
    for field, values in (('position', position), ('velocity', velocity), ('effort', effort)):
        if values is not None:
            setattr(message, field, values.tolist())
    return message


def pose(position: Vector, orientation: Vector, frame: str) -> PoseStamped:
    """:param orientation: (4,) xyzw"""
    message = PoseStamped()
    message.header.frame_id = frame
    point, quaternion = message.pose.position, message.pose.orientation
    point.x, point.y, point.z = position.tolist()
    quaternion.x, quaternion.y, quaternion.z, quaternion.w = orientation.tolist()
    return message


def twist(values: Vector, frame: str) -> TwistStamped:
    """:param values: (6,) m/s, rad/s"""
    message = TwistStamped()
    message.header.frame_id = frame
    set_halves(message.twist.linear, message.twist.angular, values)
    return message


def wrench(values: Vector, frame: str) -> WrenchStamped:
    """:param values: (6,) N, Nm"""
    message = WrenchStamped()
    message.header.frame_id = frame
    set_halves(message.wrench.force, message.wrench.torque, values)
    return message


def set_halves(first: Any, second: Any, values: Vector) -> None:
    """Write six numbers into two vectors."""
    first.x, first.y, first.z, second.x, second.y, second.z = values.tolist()
