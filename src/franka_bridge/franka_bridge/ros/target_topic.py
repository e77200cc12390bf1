# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Sends targets to the controller of a back end, in the type that it takes."""

from __future__ import annotations

from array import array
from typing import Any

from builtin_interfaces.msg import Duration, Time
from franka_bridge import back_ends
from franka_bridge.arm_state import Vector
from franka_bridge.back_ends import BackEnd
from franka_bridge.target import Target
from franka_bridge.trajectory import Trajectories
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

# A trajectory of one point leaves a controller this many steps to get there: it goes on smoothly
# where the next point comes in time, and stops there where none does.


class TargetTopic:
    """Publisher of targets; with poses, also of joints for the motion that leaves the pose alone.

    :param joints: the row whose topic takes the latter; None: no topic
    :param joint_names: of the arm, from its base on
    :param frame: that poses are in
    :param step_duration: [s]
    :param lockstep: the controller is a twin's, and stamps are of its time
    """

    def __init__(
        self,
        node: Node,
        back_end: BackEnd,
        *,
        joints: BackEnd | None,
        joint_names: list[str],
        frame: str,
        step_duration: float,
        lockstep: bool,
    ) -> None:
        self._lockstep = lockstep
        self._names = joint_names
        self._frame = frame
        self._trajectories = Trajectories(step_duration)
        self._write, kind = {
            back_ends.POSE: (self._pose, PoseStamped),
            back_ends.JOINTS: (self._joints, JointState),
            back_ends.TRAJECTORY: (self._trajectory, JointTrajectory),
        }[back_end.message]
        self._publisher = node.create_publisher(kind, back_end.topic, _profile(back_end))
        self._free: Any = None
        if joints is not None and back_end.takes_poses:
            self._free = node.create_publisher(JointState, joints.topic, _profile(joints))

    @property
    def listeners(self) -> int:
        """Controllers that hear the targets."""
        return int(self._publisher.get_subscription_count())

    def send(self, target: Target, stamp: Time) -> None:
        """Publish a target."""
        if self._free is not None:
            self._free.publish(self._joints(target, stamp))
        self._publisher.publish(self._write(target, stamp))

    def _pose(self, target: Target, stamp: Time) -> PoseStamped:
        message = PoseStamped()
        message.header.stamp = stamp
        message.header.frame_id = self._frame
        at, turn = message.pose.position, message.pose.orientation
        at.x, at.y, at.z = (float(each) for each in target.position)
        turn.x, turn.y, turn.z, turn.w = (float(each) for each in target.orientation)
        return message

    def _joints(self, target: Target, stamp: Time) -> JointState:
        message = JointState(name=self._names, position=_doubles(target.joint_positions))
        message.header.stamp = stamp
        return message

    def _trajectory(self, target: Target, stamp: Time) -> JointTrajectory:
        now = stamp.sec + stamp.nanosec * 1e-9
        waypoints = self._trajectories.through(target.joint_positions, now)
        message = JointTrajectory(
            joint_names=self._names,
            points=[
                JointTrajectoryPoint(
                    positions=_doubles(each.positions),
                    velocities=_doubles(each.velocities),
                    time_from_start=_duration(each.time),
                )
                for each in waypoints
            ],
        )
        # No stamp means: from when it arrives. The clocks of two machines differ.
        if self._lockstep:
            message.header.stamp = stamp
        return message


def _duration(seconds: float) -> Duration:
    nanoseconds = round(seconds * 1e9)
    return Duration(sec=nanoseconds // 10**9, nanosec=nanoseconds % 10**9)


def _doubles(values: Vector) -> array[float]:
    return array('d', values.tobytes())


def _profile(back_end: BackEnd) -> QoSProfile:
    reliable = (
        ReliabilityPolicy.RELIABLE if back_end.is_reliable else ReliabilityPolicy.BEST_EFFORT
    )
    return QoSProfile(depth=back_end.depth, reliability=reliable)
