# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Takes targets from the controllers' topics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import PoseStamped
import numpy as np
from panda_sim.controllers.joint_trajectory import TrajectoryPoint
from panda_sim.ros import driver_topics as topics
from panda_sim.twin import Twin
from rclpy.node import Node
from sac_core.ros.timers import throttled
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

_WARNING_PERIOD = 5.0  # s


class Targets:
    """
    Subscriptions of the impedance controllers (CRISP) and of the trajectory controller.

    :param on_target: called with the stamp (ns) and the topic of each target after it was taken or
        refused
    """

    def __init__(self, node: Node, twin: Twin, on_target: Callable[[int, str], None]) -> None:
        self._node, self._twin, self.on_target = node, twin, on_target
        self._trajectory_topic = topics.trajectory_topic(twin.arm.robot_type)
        self._subscriptions = [
            node.create_subscription(
                kind, topic, self._taking(topic, take, alone=alone), topics.NEWEST
            )
            for kind, topic, take, alone in (
                (PoseStamped, topics.TARGET_POSE, self._take_pose, True),
                (JointState, topics.TARGET_JOINT, self._take_joints, True),
                (JointTrajectory, self._trajectory_topic, self._take_trajectory, False),
            )
        ]

    def sources(self) -> list[str]:
        """List the topics on which somebody sends targets."""
        every = (topics.TARGET_POSE, topics.TARGET_JOINT, self._trajectory_topic)
        return [topic for topic in every if self._node.count_publishers(topic)]

    def _taking(
        self, topic: str, take: Callable[[Any], None], *, alone: bool
    ) -> Callable[[Any], None]:
        """:param alone: whether the controller refuses a topic with several publishers"""

        def callback(message: Any) -> None:
            try:
                if alone:
                    self._check_alone(message)
                take(message)
            except ValueError as error:
                self._node.get_logger().warning(
                    f'refused a target: {error}', **throttled(_WARNING_PERIOD)
                )
            self.on_target(nanoseconds(message.header.stamp), topic)

        return callback

    def _check_alone(self, message: Any) -> None:
        topic = topics.TARGET_POSE if isinstance(message, PoseStamped) else topics.TARGET_JOINT
        if self._node.count_publishers(topic) > 1:
            raise ValueError(f'{topic} has more than one publisher')

    def _take_pose(self, message: PoseStamped) -> None:
        position, quaternion = message.pose.position, message.pose.orientation
        self._twin.set_pose_target(
            [position.x, position.y, position.z],
            [quaternion.x, quaternion.y, quaternion.z, quaternion.w],
        )

    def _take_joints(self, message: JointState) -> None:
        # In their order, as CRISP takes them: it overlooks the names.
        self._twin.set_joint_target(message.position)

    def _take_trajectory(self, message: JointTrajectory) -> None:
        self._twin.set_trajectory(trajectory_points(message, self._twin.arm.joint_names))


def trajectory_points(message: JointTrajectory, names: list[str]) -> list[TrajectoryPoint]:
    """
    Read a trajectory.

    :param names: of the joints, in the twin's order
    :raises ValueError: if it is not of these joints or has points of another size
    """
    if sorted(message.joint_names) != names:
        raise ValueError(f'joint_names must be {names}, got {message.joint_names}')
    order = [message.joint_names.index(name) for name in names]
    return [_point(point, order) for point in message.points]


def _point(point: JointTrajectoryPoint, order: list[int]) -> TrajectoryPoint:
    size = len(order)
    if len(point.positions) != size or len(point.velocities) not in (0, size):
        raise ValueError(f'a point must have {size} positions and as many velocities or none')
    return TrajectoryPoint(
        nanoseconds(point.time_from_start) * 1e-9,
        np.array(point.positions)[order],
        np.array(point.velocities)[order] if len(point.velocities) else None,
    )


def nanoseconds(time: Time | Duration) -> int:
    """:return: a stamp or a duration in ns"""
    return int(time.sec) * 1_000_000_000 + int(time.nanosec)
