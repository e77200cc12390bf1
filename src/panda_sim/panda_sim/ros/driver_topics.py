# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Names and QoS of the topics of the driver and the controllers, for an empty namespace."""

from __future__ import annotations

from rclpy.qos import QoSProfile, ReliabilityPolicy

JOINT_STATES = 'franka/joint_states'
MERGED_JOINT_STATES = 'joint_states'  # arm and fingers, from joint_state_publisher
GRIPPER_JOINT_STATES = 'franka_gripper/joint_states'
BROADCASTER = 'franka_robot_state_broadcaster'
ROBOT_STATE = f'{BROADCASTER}/robot_state'
CURRENT_POSE = f'{BROADCASTER}/current_pose'
LAST_DESIRED_POSE = f'{BROADCASTER}/last_desired_pose'
DESIRED_TWIST = f'{BROADCASTER}/desired_end_effector_twist'
MEASURED_JOINT_STATES = f'{BROADCASTER}/measured_joint_states'
DESIRED_JOINT_STATES = f'{BROADCASTER}/desired_joint_states'
EXTERNAL_JOINT_TORQUES = f'{BROADCASTER}/external_joint_torques'
WRENCH_IN_BASE = f'{BROADCASTER}/external_wrench_in_base_frame'
WRENCH_IN_STIFFNESS = f'{BROADCASTER}/external_wrench_in_stiffness_frame'

TARGET_POSE = 'target_pose'
TARGET_JOINT = 'target_joint'

RELIABLE = QoSProfile(depth=10)
# Since franka_ros2 3.3.0: who subscribes reliably gets nothing.
CONVENIENCE = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
NEWEST = QoSProfile(depth=1)
GRIPPER_RATE = 15.0  # Hz
MERGED_RATE = 30.0  # Hz, the driver's default


def trajectory_topic(robot_type: str) -> str:
    """:return: where the stock trajectory controller of the arm listens"""
    return f'{robot_type}_arm_controller/joint_trajectory'
