# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The gripper's actions and its stop service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from franka_msgs.action import Grasp, Homing, Move
from panda_sim.gripper import Gripper, GripperMotion
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import Trigger


@dataclass
class _Waiting:
    goal: ServerGoalHandle
    motion: GripperMotion
    done: Future


class GripperServer:
    """Actions under franka_gripper/; `poll` lets them go on as the simulation does."""

    def __init__(self, node: Node, gripper: Gripper) -> None:
        self._gripper = gripper
        self._waiting: list[_Waiting] = []
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

    def poll(self) -> None:
        """Tell the clients how far their motions are, and end those that are done."""
        for waiting in list(self._waiting):
            if waiting.goal.is_cancel_requested:
                self._gripper.stop()
            if waiting.motion.is_done:
                self._waiting.remove(waiting)
                waiting.done.set_result(None)

    def close(self) -> None:
        for waiting in self._waiting:
            waiting.done.cancel()
        for server in self._servers:
            server.destroy()

    def _executing(self, kind: Any, start: Callable[[Any], GripperMotion]) -> Any:
        async def execute(goal: ServerGoalHandle) -> Any:
            motion = start(goal.request)
            if not motion.is_done:
                done = Future()
                self._waiting.append(_Waiting(goal, motion, done))
                goal.publish_feedback(kind.Feedback(current_width=self._gripper.width))
                await done
            if goal.is_cancel_requested:
                goal.canceled()
            elif motion.succeeded:
                goal.succeed()
            else:
                goal.abort()
            return kind.Result(success=motion.succeeded, error=motion.error)

        return execute

    def _stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._gripper.stop()
        response.success = True
        return response
