# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Hears the driver, with the QoS that it really publishes with, and no oftener than is of use.

franka_ros2 publishes joints and FrankaRobotState at 1 kHz, more than Python can take: reading one
FrankaRobotState costs some 0.3 ms. In real time nobody is called back: the middleware keeps the
newest message of each topic, and `take` reads it when it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import time
from typing import Any

from franka_bridge import driver_state
from franka_bridge.driver_state import DriverState, RobotReport
from geometry_msgs.msg import PoseStamped, WrenchStamped
import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

try:
    from franka_msgs.msg import FrankaRobotState
except ImportError:
    FrankaRobotState = None

_BROADCASTER = 'franka_robot_state_broadcaster'


@dataclass(frozen=True)
class Source:
    """A topic of the driver: since franka_ros2 3.3.0 all but two are best effort."""

    part: str
    topic: str
    message: Any
    reliability: ReliabilityPolicy


_SOURCES = (
    Source(driver_state.JOINTS, 'franka/joint_states', JointState, ReliabilityPolicy.RELIABLE),
    Source(
        driver_state.POSE,
        f'{_BROADCASTER}/current_pose',
        PoseStamped,
        ReliabilityPolicy.BEST_EFFORT,
    ),
    Source(
        driver_state.WRENCH,
        f'{_BROADCASTER}/external_wrench_in_stiffness_frame',
        WrenchStamped,
        ReliabilityPolicy.BEST_EFFORT,
    ),
    Source(
        driver_state.GRIPPER,
        'franka_gripper/joint_states',
        JointState,
        ReliabilityPolicy.RELIABLE,
    ),
    Source(
        driver_state.ROBOT,
        f'{_BROADCASTER}/robot_state',
        FrankaRobotState,
        ReliabilityPolicy.RELIABLE,
    ),
)


def parts_to_hear(*, has_gripper: bool) -> list[str]:
    """List the parts that can be heard here: FrankaRobotState only where franka_msgs is."""
    return [
        source.part
        for source in _SOURCES
        if source.message is not None and (has_gripper or source.part != driver_state.GRIPPER)
    ]


class DriverTopics:
    """Subscriptions to the driver, which fill a `DriverState`.

    :param node: of the subscriptions; where it is spun, `on_news` is called with each message,
        where it is not, `take` reads the newest
    :param robot_type: joints are called ROBOT_TYPE_joint1 to 7
    :param refuse: takes the topic of a message that cannot be used, and why
    """

    def __init__(
        self,
        node: Node,
        state: DriverState,
        *,
        robot_type: str,
        refuse: Callable[[str, ValueError], None],
        on_news: Callable[[], None] = lambda: None,
    ) -> None:
        self._state = state
        self._joint_names = [f'{robot_type}_joint{index}' for index in range(1, 8)]
        self._refuse = refuse
        self._on_news = on_news
        self._readers: dict[str, Callable[[Any, float], None]] = {
            driver_state.JOINTS: self._read_joints,
            driver_state.POSE: self._read_pose,
            driver_state.WRENCH: self._read_wrench,
            driver_state.GRIPPER: self._read_gripper,
            driver_state.ROBOT: self._read_robot,
        }
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

    def _subscribe(self, node: Node, source: Source) -> Subscription:
        def hear(message: Any) -> None:
            self._read(source, message)
            self._on_news()

        profile = QoSProfile(depth=1, reliability=source.reliability)
        return node.create_subscription(source.message, source.topic, hear, profile)

    def _read(self, source: Source, message: Any) -> None:
        try:
            self._readers[source.part](message, time.monotonic())
        except ValueError as error:
            self._refuse(source.topic, error)

    def _read_joints(self, message: JointState, now: float) -> None:
        names = list(message.name)
        if names == self._joint_names:
            order: Any = slice(None)
        elif set(self._joint_names) <= set(names):
            order = [names.index(name) for name in self._joint_names]
        else:
            raise ValueError(f'name must hold {self._joint_names}, got {names}')
        fields = (message.position, message.velocity, message.effort)
        values = [np.array(field, np.float64) for field in fields]
        if any(len(each) != len(names) for each in values):
            raise ValueError(f'position, velocity and effort must hold {len(names)} numbers')
        self._put(driver_state.JOINTS, message.header, now, *(each[order] for each in values))

    def _read_pose(self, message: PoseStamped, now: float) -> None:
        at, turn = message.pose.position, message.pose.orientation
        orientation = np.array([turn.x, turn.y, turn.z, turn.w])
        length = float(np.linalg.norm(orientation))
        if not abs(length - 1.0) < 1e-3:
            raise ValueError(f'orientation must be a unit quaternion, got length {length:g}')
        position = np.array([at.x, at.y, at.z])
        self._put(driver_state.POSE, message.header, now, position, orientation / length)

    def _read_wrench(self, message: WrenchStamped, now: float) -> None:
        force, torque = message.wrench.force, message.wrench.torque
        wrench = np.array([force.x, force.y, force.z, torque.x, torque.y, torque.z])
        self._put(driver_state.WRENCH, message.header, now, wrench)

    def _read_gripper(self, message: JointState, now: float) -> None:
        width = np.array([float(sum(message.position))])  # each finger has half of it
        self._put(driver_state.GRIPPER, message.header, now, width)

    def _read_robot(self, message: Any, now: float) -> None:
        self._state.robot = RobotReport(
            mode=message.robot_mode,
            errors=_flags(message.current_errors),
            last_errors=_flags(message.last_motion_errors),
            success_rate=message.control_command_success_rate,
        )
        self._put(driver_state.ROBOT, message.header, now)

    def _put(self, part: str, header: Header, now: float, *values: Any) -> None:
        stamp = header.stamp.sec + 1e-9 * header.stamp.nanosec
        self._state.put(part, *values, time=now, stamp=stamp)


def _flags(errors: Any) -> frozenset[str]:
    names = errors.get_fields_and_field_types()
    return frozenset(name for name in names if getattr(errors, name))
