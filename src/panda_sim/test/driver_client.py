# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The other side of the twin's topics, as the bridge or a person at the robot is."""

from __future__ import annotations

from typing import Any

from action_msgs.msg import GoalStatus
from controller_manager_msgs.srv import (
    ListControllers,
    SetHardwareComponentState,
    SwitchController,
)
from franka_msgs.action import ErrorRecovery
from geometry_msgs.msg import PoseStamped
from lifecycle_msgs.msg import State
from panda_sim.panda_sim_node import PandaSimNode
from panda_sim.ros import driver_topics as topics
from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.msg import ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from sac_core.ros.testing import Spinner

BROADCASTERS = ['joint_state_broadcaster', 'franka_robot_state_broadcaster']
CONTROLLER = 'cartesian_impedance_controller'


class DriverClient:
    """A twin with parameters, and a node that talks to it."""

    def __init__(self, spinner: Spinner, **parameters: Any) -> None:
        self.spinner = spinner
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        self.sim = PandaSimNode(context=spinner.context, parameter_overrides=overrides)
        spinner.add(self.sim.node)
        self.node = spinner.node('client')
        self.poses = self.node.create_publisher(PoseStamped, topics.TARGET_POSE, 1)

    def close(self) -> None:
        self.sim.close()
        self.spinner.remove(self.sim.node)
        self.spinner.remove(self.node)

    def call(self, kind: Any, name: str, request: Any) -> Any:
        """Call a service and return its response."""
        client = self.node.create_client(kind, name)
        self.spinner.until(client.service_is_ready)
        future = client.call_async(request)
        self.spinner.until(future.done)
        self.node.destroy_client(client)
        return future.result()

    def act(self, kind: Any, name: str, goal: Any) -> tuple[int, Any]:
        """Send a goal; return the final status and the result."""
        client = ActionClient(self.node, kind, name)
        self.spinner.until(client.server_is_ready)
        accepted = client.send_goal_async(goal)
        self.spinner.until(accepted.done)
        handle = accepted.result()
        result = handle.get_result_async()
        self.spinner.until(result.done)
        client.destroy()
        return result.result().status, result.result().result

    def inject(self, fault: str) -> str:
        """Inject a fault; return why it was refused, or an empty text."""
        value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=fault)
        request = SetParameters.Request(parameters=[ParameterMessage(name='fault', value=value)])
        return str(self.call(SetParameters, 'panda_sim/set_parameters', request).results[0].reason)

    def recover(self) -> bool:
        """Run error recovery; return whether it succeeded."""
        status, _ = self.act(ErrorRecovery, 'action_server/error_recovery', ErrorRecovery.Goal())
        return status == GoalStatus.STATUS_SUCCEEDED

    def activate_hardware(self) -> bool:
        request = SetHardwareComponentState.Request(
            name='FrankaHardwareInterface', target_state=State(id=3, label='active')
        )
        name = 'controller_manager/set_hardware_component_state'
        return bool(self.call(SetHardwareComponentState, name, request).ok)

    def activate(self, *names: str) -> bool:
        request = SwitchController.Request(
            activate_controllers=list(names), strictness=SwitchController.Request.STRICT
        )
        return bool(
            self.call(SwitchController, 'controller_manager/switch_controller', request).ok
        )

    def controllers(self) -> dict[str, str]:
        """The state of each controller by name."""
        response = self.call(
            ListControllers, 'controller_manager/list_controllers', ListControllers.Request()
        )
        return {controller.name: controller.state for controller in response.controller}
