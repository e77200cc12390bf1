# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The robot's modes and errors, as its controller box (not ROS) keeps them."""

from __future__ import annotations

from enum import IntEnum


class RobotMode(IntEnum):
    """As in `franka_msgs/FrankaRobotState`."""

    OTHER = 0
    IDLE = 1
    MOVE = 2
    GUIDING = 3
    REFLEX = 4
    USER_STOPPED = 5
    AUTOMATIC_ERROR_RECOVERY = 6


# The fields of franka_msgs/Errors, in their order.
ERRORS = (
    'joint_position_limits_violation',
    'cartesian_position_limits_violation',
    'self_collision_avoidance_violation',
    'joint_velocity_violation',
    'cartesian_velocity_violation',
    'force_control_safety_violation',
    'joint_reflex',
    'cartesian_reflex',
    'max_goal_pose_deviation_violation',
    'max_path_pose_deviation_violation',
    'cartesian_velocity_profile_safety_violation',
    'joint_position_motion_generator_start_pose_invalid',
    'joint_motion_generator_position_limits_violation',
    'joint_motion_generator_velocity_limits_violation',
    'joint_motion_generator_velocity_discontinuity',
    'joint_motion_generator_acceleration_discontinuity',
    'cartesian_position_motion_generator_start_pose_invalid',
    'cartesian_motion_generator_elbow_limit_violation',
    'cartesian_motion_generator_velocity_limits_violation',
    'cartesian_motion_generator_velocity_discontinuity',
    'cartesian_motion_generator_acceleration_discontinuity',
    'cartesian_motion_generator_elbow_sign_inconsistent',
    'cartesian_motion_generator_start_elbow_invalid',
    'cartesian_motion_generator_joint_position_limits_violation',
    'cartesian_motion_generator_joint_velocity_limits_violation',
    'cartesian_motion_generator_joint_velocity_discontinuity',
    'cartesian_motion_generator_joint_acceleration_discontinuity',
    'cartesian_position_motion_generator_invalid_frame',
    'force_controller_desired_force_tolerance_violation',
    'controller_torque_discontinuity',
    'start_elbow_sign_inconsistent',
    'communication_constraints_violation',
    'power_limit_violation',
    'joint_p2p_insufficient_torque_for_planning',
    'tau_j_range_violation',
    'instability_detected',
)


class Robot:
    """Which mode the robot is in, what went wrong, and what may follow."""

    def __init__(self) -> None:
        self.mode = RobotMode.IDLE
        self.current_errors: frozenset[str] = frozenset()
        self.last_motion_errors: frozenset[str] = frozenset()

    def begin_motion(self) -> str | None:
        """Start control; :return: why that cannot be, or None."""
        if self.mode is not RobotMode.IDLE or self.current_errors:
            return f'the robot is in mode {self.mode.name}'
        self.mode = RobotMode.MOVE
        self.last_motion_errors = frozenset()
        return None

    def end_motion(self) -> None:
        if self.mode is RobotMode.MOVE:
            self.mode = RobotMode.IDLE

    def fail(self, error: str) -> None:
        """
        Stop by an error.

        :raises ValueError: if there is no such error
        """
        if error not in ERRORS:
            raise ValueError(f'error must be one of {", ".join(ERRORS)}, got {error!r}')
        self.current_errors |= {error}
        self.last_motion_errors = self.current_errors
        if self.mode is not RobotMode.USER_STOPPED:
            self.mode = RobotMode.REFLEX

    def change_mode(self, mode: RobotMode) -> None:
        """
        Let a person or the robot itself change the mode.

        :raises ValueError: for MOVE, which only a controller brings about, and for a release into
            IDLE while errors are waiting for recovery
        """
        if mode is RobotMode.MOVE:
            raise ValueError('mode MOVE follows from an active controller')
        if mode is RobotMode.IDLE and self.current_errors:
            mode = RobotMode.REFLEX
        self.mode = mode

    def recover(self) -> str | None:
        """Clear the errors; :return: why that cannot be, or None."""
        if self.mode is RobotMode.USER_STOPPED:
            return 'the user stop is pressed'
        if self.mode not in (RobotMode.IDLE, RobotMode.REFLEX):
            return f'the robot is in mode {self.mode.name}'
        self.current_errors = frozenset()
        self.mode = RobotMode.IDLE
        return None
