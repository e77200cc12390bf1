# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The driver's own services and its error recovery."""

from __future__ import annotations

from typing import Any

from franka_msgs.action import ErrorRecovery
from franka_msgs.srv import (
    SetCartesianStiffness,
    SetForceTorqueCollisionBehavior,
    SetFullCollisionBehavior,
    SetJointStiffness,
    SetLoad,
    SetStiffnessFrame,
    SetTCPFrame,
)
import numpy as np
from panda_sim.robot import RobotMode
from panda_sim.twin import Twin
from rclpy.action import ActionServer
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node


class RobotServices:
    """Services under service_server/ and the action action_server/error_recovery."""

    def __init__(self, node: Node, twin: Twin) -> None:
        self._twin, self._logger = twin, node.get_logger()
        for kind, name, answer in (
            (SetFullCollisionBehavior, 'set_full_collision_behavior', self._set_thresholds),
            (
                SetForceTorqueCollisionBehavior,
                'set_force_torque_collision_behavior',
                self._set_thresholds,
            ),
            # These two change Franka's own position and velocity controllers, not torque control.
            (SetJointStiffness, 'set_joint_stiffness', self._accept),
            (SetCartesianStiffness, 'set_cartesian_stiffness', self._accept),
            (SetTCPFrame, 'set_tcp_frame', self._refuse),
            (SetStiffnessFrame, 'set_stiffness_frame', self._refuse),
            (SetLoad, 'set_load', self._refuse),
        ):
            node.create_service(kind, f'service_server/{name}', answer)
        self._recovery = ActionServer(
            node, ErrorRecovery, 'action_server/error_recovery', self._recover
        )

    def close(self) -> None:
        self._recovery.destroy()

    def _recover(self, goal: ServerGoalHandle) -> ErrorRecovery.Result:
        refusal = self._twin.recover()
        if refusal:
            self._logger.error(f'error recovery: {refusal}')
            goal.abort()
        else:
            self._logger.info('error recovery succeeded')
            goal.succeed()
        return ErrorRecovery.Result()

    def _set_thresholds(self, request: Any, response: Any) -> Any:
        if self._is_possible(response):
            try:
                self._twin.thresholds.set(
                    lower_torque=np.array(request.lower_torque_thresholds_nominal),
                    upper_torque=np.array(request.upper_torque_thresholds_nominal),
                    lower_force=np.array(request.lower_force_thresholds_nominal),
                    upper_force=np.array(request.upper_force_thresholds_nominal),
                )
            except ValueError as error:
                response.success, response.error = False, str(error)
        return response

    def _accept(self, _: Any, response: Any) -> Any:
        self._is_possible(response)
        return response

    def _refuse(self, _: Any, response: Any) -> Any:
        response.success, response.error = False, 'the twin has one tool and no other frames'
        return response

    def _is_possible(self, response: Any) -> bool:
        """Fill in the answer of a robot that takes no settings while it moves."""
        response.success = self._twin.robot.mode is RobotMode.IDLE
        response.error = '' if response.success else 'command rejected: not possible in this mode'
        return bool(response.success)
