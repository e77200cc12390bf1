# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The driver's action ptp_motion: the robot itself goes to joint positions, by no controller."""

from __future__ import annotations

from franka_msgs.action import PTPMotion
from franka_msgs.msg import TargetStatus
import numpy as np
from panda_sim.controllers.joint_trajectory import TrajectoryPoint
from panda_sim.ros.conditions import Conditions, end
from panda_sim.twin import Twin
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node

_SHARE = 0.2  # of the joints' accelerations
_USUAL_TOLERANCE = 0.01  # rad
_SETTLING = 0.5  # s


class PointToPoint:
    """Action `action_server/ptp_motion`; refused while a controller is active."""

    def __init__(self, node: Node, twin: Twin, conditions: Conditions) -> None:
        self._twin, self._conditions = twin, conditions
        self._logger = node.get_logger()
        self._server = ActionServer(
            node,
            PTPMotion,
            'action_server/ptp_motion',
            self._move,
            callback_group=ReentrantCallbackGroup(),
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )

    def close(self) -> None:
        self._server.destroy()

    async def _move(self, goal: ServerGoalHandle) -> PTPMotion.Result:
        twin, request = self._twin, goal.request
        result = PTPMotion.Result()
        try:
            point = self._plan(request)
            refusal = twin.begin_own_motion(point)
        except ValueError as error:
            refusal = str(error)
        if refusal:
            self._logger.warning(f'refused a motion: {refusal}')
            return self._ended(goal, result, refusal)
        goal.publish_feedback(
            PTPMotion.Feedback(target_status=TargetStatus(status=TargetStatus.EXECUTING))
        )
        deadline = twin.time + point.time + _SETTLING
        await self._conditions.until(
            lambda: goal.is_cancel_requested or not twin.moves_by_itself or twin.time >= deadline
        )
        if not twin.moves_by_itself:
            return self._ended(goal, result, 'a fault ended the motion')
        twin.end_own_motion()
        off = float(np.abs(twin.state().joint_positions - point.positions).max())
        is_there = off <= (request.goal_tolerance or _USUAL_TOLERANCE)
        return self._ended(goal, result, '' if is_there else f'{off:.3f} rad away from the goal')

    def _plan(self, request: PTPMotion.Goal) -> TrajectoryPoint:
        """
        Find how long the way takes from rest to rest.

        :raises ValueError: if a number does not do
        """
        arm = self._twin.arm
        positions = np.array(request.goal_joint_configuration)
        velocities = np.array(request.maximum_joint_velocities)
        for name, values in (('goal', positions), ('velocities', velocities)):
            if values.shape != (7,) or not np.isfinite(values).all():
                raise ValueError(f'{name} must be 7 finite numbers, got {values.tolist()}')
        if not ((positions > arm.position_lower) & (positions < arm.position_upper)).all():
            raise ValueError(f'goal beyond the range of a joint: {positions.tolist()}')
        if not ((velocities > 0.0) & (velocities <= arm.velocity)).all():
            raise ValueError(f'velocities must be above 0 and within the limits: {velocities}')
        way = np.abs(positions - self._twin.state().joint_positions)
        # A cubic from rest to rest is fastest in its middle and accelerates most at its ends.
        by_velocity = (1.5 * way / velocities).max()
        by_acceleration = np.sqrt(6.0 * way / (_SHARE * arm.acceleration)).max()
        duration = max(float(by_velocity), float(by_acceleration), 1e-3)
        return TrajectoryPoint(duration, positions, np.zeros(7))

    def _ended(
        self, goal: ServerGoalHandle, result: PTPMotion.Result, failure: str
    ) -> PTPMotion.Result:
        status = TargetStatus.ABORTED if failure else TargetStatus.TARGET_REACHED
        result.target_status.status = status
        result.error_message = failure
        end(goal, succeeded=not failure)
        return result
