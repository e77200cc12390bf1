# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The gripper's own actions and its stop service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from franka_msgs.action import Grasp, Homing, Move
from panda_sim.gripper import Gripper, GripperMotion
from panda_sim.ros.conditions import Conditions, end, has_ended
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from std_srvs.srv import Trigger


class GripperServer:
    """Actions and a service under franka_gripper/."""

    def __init__(self, node: Node, gripper: Gripper, conditions: Conditions) -> None:
        self._gripper, self._conditions = gripper, conditions
        group = ReentrantCallbackGroup()  # an action under way must not block the next
        starts: list[tuple[Any, str, Callable[[Any], GripperMotion]]] = [
            (Homing, 'homing', lambda _: gripper.homing()),
            (Move, 'move', lambda goal: gripper.move(goal.width, goal.speed)),
            (
                Grasp,
                'grasp',
                lambda goal: gripper.grasp(
                    goal.width,
                    goal.speed,
                    goal.force,
                    (goal.epsilon.inner, goal.epsilon.outer),
                ),
            ),
        ]
        self._servers = [
            ActionServer(
                node,
                kind,
                f'franka_gripper/{name}',
                self._executing(kind, start),
                callback_group=group,
                cancel_callback=lambda _: CancelResponse.ACCEPT,
            )
            for kind, name, start in starts
        ]
        node.create_service(Trigger, 'franka_gripper/stop', self._stop)

    def close(self) -> None:
        for server in self._servers:
            server.destroy()

    def _executing(self, kind: Any, start: Callable[[Any], GripperMotion]) -> Any:
        async def execute(goal: ServerGoalHandle) -> Any:
            motion = start(goal.request)
            goal.publish_feedback(kind.Feedback(current_width=self._gripper.width))
            await self._conditions.until(lambda: has_ended(goal, motion, self._gripper))
            end(goal, succeeded=motion.succeeded)
            return kind.Result(success=motion.succeeded, error=motion.error)

        return execute

    def _stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._gripper.stop()
        response.success = True
        return response
