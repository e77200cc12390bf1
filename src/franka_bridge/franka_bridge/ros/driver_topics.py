# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Hears the driver, with the QoS that it really publishes with, and no oftener than is of use.

franka_ros2 publishes joints and FrankaRobotState at 1 kHz, more than Python can take: reading one
FrankaRobotState costs some 0.3 ms. In real time there are no callbacks: the middleware keeps the
newest message of each topic, and `take` reads it when it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import time
from typing import Any

from franka_bridge.arm_state import Vector
from franka_bridge.driver_state import (
    DriverState,
    GRIPPER,
    JOINTS,
    POSE,
    ROBOT,
    TOPICS,
    WRENCH,
)
from franka_bridge.ros.driver_messages import (
    read_gripper,
    read_joints,
    read_pose,
    read_robot,
    read_wrench,
)
from geometry_msgs.msg import PoseStamped, WrenchStamped
import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription
from sensor_msgs.msg import JointState

try:
    from franka_msgs.msg import FrankaRobotState
except ImportError:
    FrankaRobotState = None


@dataclass(frozen=True)
class DriverTopic:
    """A topic of the driver: since franka_ros2 3.3.0 all but two are best effort."""

    part: str
    message: Any
    reliability: ReliabilityPolicy

    @property
    def topic(self) -> str:
        return TOPICS[self.part]


_RELIABLE, _BEST_EFFORT = ReliabilityPolicy.RELIABLE, ReliabilityPolicy.BEST_EFFORT
_SOURCES = (
    DriverTopic(JOINTS, JointState, _RELIABLE),
    DriverTopic(POSE, PoseStamped, _BEST_EFFORT),
    DriverTopic(WRENCH, WrenchStamped, _BEST_EFFORT),
    DriverTopic(GRIPPER, JointState, _RELIABLE),
    DriverTopic(ROBOT, FrankaRobotState, _RELIABLE),
)


def parts_to_hear(*, has_gripper: bool) -> list[str]:
    """List the parts that can be heard here: FrankaRobotState only where franka_msgs is."""
    return [
        source.part
        for source in _SOURCES
        if source.message is not None and (has_gripper or source.part != GRIPPER)
    ]


class DriverTopics:
    """Subscriptions to the driver, which fill a `DriverState`.

    :param node: of the subscriptions; where it is spun, `on_news` is called with each message,
        where it is not, `take` reads the newest
    :param joint_names: of the arm, from its base on
    :param refuse: takes the topic of a message that cannot be used, and why
    :param warn: takes what a person should know, once
    """

    def __init__(
        self,
        node: Node,
        state: DriverState,
        *,
        joint_names: list[str],
        refuse: Callable[[str, ValueError], None],
        warn: Callable[[str], None],
        on_news: Callable[[], None] = lambda: None,
    ) -> None:
        self._state = state
        self._joint_names = joint_names
        self._refuse = refuse
        self._warn = warn
        self._warned_of_torques = False
        self._on_news = on_news
        self._subscriptions = [
            (source, self._subscribe(node, source))
            for source in _SOURCES
            if source.part in state.parts
        ]

    def take(self) -> None:
        """Read what has come since the last call, of each topic the newest message."""
        for source, subscription in self._subscriptions:
            with subscription.handle:
                taken = subscription.handle.take_message(subscription.msg_type, False)
            if taken is not None:
                self._read(source, taken[0])

    def _subscribe(self, node: Node, source: DriverTopic) -> Subscription:
        def hear(message: Any) -> None:
            self._read(source, message)
            self._on_news()

        profile = QoSProfile(depth=1, reliability=source.reliability)
        return node.create_subscription(source.message, source.topic, hear, profile)

    def _read(self, source: DriverTopic, message: Any) -> None:
        try:
            values = self._values(source.part, message)
        except ValueError as error:
            self._refuse(source.topic, error)
            return
        stamp = message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec
        self._state.put(source.part, *values, time=time.monotonic(), stamp=stamp)

    def _values(self, part: str, message: Any) -> tuple[Vector, ...]:
        if part == JOINTS:
            joints = read_joints(message, self._joint_names)
            self._look_at_torques(joints[2], message)
            return joints
        if part == POSE:
            return read_pose(message)
        if part == WRENCH:
            return (read_wrench(message),)
        if part == GRIPPER:
            return (read_gripper(message),)
        self._state.robot = read_robot(message)
        return ()

    def _look_at_torques(self, torques: Vector, message: JointState) -> None:
        """Say once that they are unknown."""
        if self._warned_of_torques or np.isfinite(torques).all():
            return
        self._warned_of_torques = True
        self._warn(
            f'{TOPICS[JOINTS]}: effort must hold {len(message.name)} finite numbers, got'
            f' {list(message.effort)}: the torques of the joints are unknown, which no task minds'
        )
