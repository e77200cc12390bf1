# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actions that ros2_controllers' users know, from control_msgs."""

from __future__ import annotations

from control_msgs.action import FollowJointTrajectory, GripperCommand
import numpy as np
from panda_sim.controller_manager import trajectory_controller
from panda_sim.gripper import Gripper, GripperMotion
from panda_sim.ros.conditions import Conditions, end, has_ended
from panda_sim.ros.targets import trajectory_points
from panda_sim.twin import Twin
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node

_DEFAULT_SPEED = 0.1  # m/s, of the driver's gripper
_SAME_WIDTH = 1e-4  # m
_GOAL_TOLERANCE = 0.05  # rad


class StandardActions:
    """`gripper_action` of the gripper, `follow_joint_trajectory` of the trajectory controller."""

    def __init__(self, node: Node, twin: Twin, conditions: Conditions) -> None:
        self._twin, self._conditions = twin, conditions
        self._logger = node.get_logger()
        self._controller = trajectory_controller(twin.arm.robot_type)
        self._goals = 0
        options = {
            'callback_group': ReentrantCallbackGroup(),
            'cancel_callback': lambda _: CancelResponse.ACCEPT,
        }
        self._servers = [
            ActionServer(
                node, GripperCommand, 'franka_gripper/gripper_action', self._grip, **options
            ),
            ActionServer(
                node,
                FollowJointTrajectory,
                f'{self._controller}/follow_joint_trajectory',
                self._follow,
                goal_callback=self._accept,
                **options,
            ),
        ]

    def close(self) -> None:
        for server in self._servers:
            server.destroy()

    async def _grip(self, goal: ServerGoalHandle) -> GripperCommand.Result:
        gripper, command = self._twin.gripper, goal.request.command
        width = 2.0 * command.position
        reached = abs(width - gripper.width) < _SAME_WIDTH
        if not reached:
            motion = _gripping(gripper, width, command.max_effort)
            await self._conditions.until(lambda: has_ended(goal, motion, gripper))
            reached = motion.succeeded
        end(goal, succeeded=reached)
        return GripperCommand.Result(position=gripper.width, reached_goal=reached)

    def _accept(self, goal: FollowJointTrajectory.Goal) -> GoalResponse:
        if self._twin.manager.moving != self._controller:
            self._logger.warning(f'refused a trajectory: {self._controller} is not active')
            return GoalResponse.REJECT
        try:
            trajectory_points(goal.trajectory, self._twin.arm.joint_names)
        except ValueError as error:
            self._logger.warning(f'refused a trajectory: {error}')
            return GoalResponse.REJECT
        return GoalResponse.ACCEPT

    async def _follow(self, goal: ServerGoalHandle) -> FollowJointTrajectory.Result:
        twin, result = self._twin, FollowJointTrajectory.Result()
        points = trajectory_points(goal.request.trajectory, twin.arm.joint_names)
        try:
            twin.set_trajectory(points)
        except ValueError as error:
            goal.abort()
            result.error_code, result.error_string = result.INVALID_GOAL, str(error)
            return result
        self._goals += 1
        own = self._goals

        def is_over() -> bool:
            is_stopped = goal.is_cancel_requested or twin.manager.moving != self._controller
            return is_stopped or own != self._goals or twin.joint_trajectory.is_done

        await self._conditions.until(is_over)
        arrived = own == self._goals and twin.manager.moving == self._controller
        off = np.abs(twin.state().joint_positions - points[-1].positions).max()
        if not (arrived and off < _GOAL_TOLERANCE):
            result.error_code = result.GOAL_TOLERANCE_VIOLATED
            result.error_string = f'{off:.3f} rad away from the last point'
        if goal.is_cancel_requested:
            twin.joint_trajectory.stop()
        end(goal, succeeded=result.error_code == result.SUCCESSFUL)
        return result


def _gripping(gripper: Gripper, width: float, force: float) -> GripperMotion:
    """Open, or grasp what is there, as the driver chooses."""
    if width >= gripper.width:
        return gripper.move(width, _DEFAULT_SPEED)
    return gripper.grasp(width, _DEFAULT_SPEED, force, (0.005, 0.005))
