# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Asks the driver and its controller manager: what is active, and what recovers from a fault."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from franka_bridge.driver_state import DriverState
from franka_bridge.recovery import Call
from rclpy.action import ActionClient
from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future

try:
    from franka_msgs.action import ErrorRecovery
except ImportError:
    ErrorRecovery = None
try:
    from controller_manager_msgs.srv import (
        ListControllers,
        SetHardwareComponentState,
        SwitchController,
    )
except ImportError:
    ListControllers = None

_ACTIVE_STATE = 3  # lifecycle_msgs/State.PRIMARY_STATE_ACTIVE
_SUCCEEDED = 4  # action_msgs/GoalStatus.STATUS_SUCCEEDED


class MissingCall:
    """A request that cannot be made here."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def outcome(self) -> str | None:
        return self._reason


class PendingCall:
    """A request that is sent as soon as somebody serves it.

    :param is_ready: whether somebody does
    :param send: sends it
    :param judge: says of the answer why it is a failure; empty where it is none
    """

    def __init__(
        self,
        is_ready: Callable[[], bool],
        send: Callable[[], Future],
        judge: Callable[[Any], str],
    ) -> None:
        self._is_ready = is_ready
        self._send = send
        self._judge = judge
        self._future: Future | None = None

    def outcome(self) -> str | None:
        if self._future is None:
            if self._is_ready():
                self._future = self._send()
            return None
        return self._judge(self._future.result()) if self._future.done() else None


class GoalCall:
    """A goal of an action: first it is accepted, then it is reached or not."""

    def __init__(self, client: ActionClient, goal: Any) -> None:
        self._client = client
        self._goal = goal
        self._accepted: Future | None = None
        self._result: Future | None = None

    def outcome(self) -> str | None:
        if self._result is not None:
            if not self._result.done():
                return None
            status = self._result.result().status
            return '' if status == _SUCCEEDED else f'ended with status {status}'
        if self._accepted is None:
            if self._client.server_is_ready():
                self._accepted = self._client.send_goal_async(self._goal)
        elif self._accepted.done():
            handle = self._accepted.result()
            if not handle.accepted:
                return 'refused'
            self._result = handle.get_result_async()
        return None


class DriverCalls:
    """Clients of the driver. What cannot be asked here is said in `warning`.

    :param controller: that takes the targets
    :param rivals: controllers that may have the arm instead of it
    :param broadcasters: that publish the arm's state
    :param hardware: name of the hardware component
    :param before_activation: called right before a controller is activated
    """

    def __init__(
        self,
        node: Node,
        state: DriverState,
        *,
        controller: str,
        rivals: Sequence[str],
        broadcasters: Sequence[str],
        hardware: str,
        before_activation: Callable[[], None],
    ) -> None:
        self._controller = controller
        self._rivals = rivals
        self._state = state
        self._broadcasters = broadcasters
        self._hardware = hardware
        self._before_activation = before_activation
        self._listing: Future | None = None
        missing = []
        self._recovery: ActionClient | None = None
        if ErrorRecovery is None:
            missing.append('franka_msgs: robot mode and error flags are not watched')
        else:
            self._recovery = ActionClient(node, ErrorRecovery, 'action_server/error_recovery')
        self._clients: dict[str, Client] = {}
        if ListControllers is None:
            missing.append('controller_manager_msgs: controllers are not watched')
        else:
            for name, kind in (
                ('list_controllers', ListControllers),
                ('set_hardware_component_state', SetHardwareComponentState),
                ('switch_controller', SwitchController),
            ):
                self._clients[name] = node.create_client(kind, f'controller_manager/{name}')
        self.warning = '; '.join(f'without {each}' for each in missing)

    def look_at_controllers(self) -> None:
        """Ask which controllers are active, and note the last answer."""
        client = self._clients.get('list_controllers')
        if client is None:
            return
        if self._listing is not None and self._listing.done():
            answer = self._listing.result()
            self._state.controllers = {each.name: each.state for each in answer.controller}
            self._listing = None
        if self._listing is None and client.service_is_ready():
            self._listing = client.call_async(ListControllers.Request())

    def clear_error(self) -> Call:
        """Ask the robot to recover from its error."""
        if self._recovery is None:
            return MissingCall('franka_msgs is not installed')
        return GoalCall(self._recovery, ErrorRecovery.Goal())

    def activate_hardware(self) -> Call:
        """Ask for the hardware component to be active."""
        client = self._clients.get('set_hardware_component_state')
        if client is None:
            return MissingCall('controller_manager_msgs is not installed')
        request = SetHardwareComponentState.Request(name=self._hardware)
        request.target_state.id = _ACTIVE_STATE
        request.target_state.label = 'active'
        return self._pending(client, request)

    def activate_controller(self) -> Call:
        """Ask for the controller to be active, instead of the rivals that are."""
        self._before_activation()
        return self._switch([self._controller], self._rivals)

    def activate_broadcasters(self) -> Call:
        """Ask for the controllers to be active that publish the arm's state."""
        return self._switch(self._broadcasters, ())

    def last_errors(self) -> Collection[str]:
        """Name the errors that ended the robot's last motion."""
        return () if self._state.robot is None else self._state.robot.last_errors

    def _switch(self, on: Sequence[str], off: Sequence[str]) -> Call:
        client = self._clients.get('switch_controller')
        if client is None:
            return MissingCall('controller_manager_msgs is not installed')
        request = SwitchController.Request(
            activate_controllers=list(on),
            deactivate_controllers=list(off),
            # One that is already as it shall be is no reason to do nothing.
            strictness=SwitchController.Request.BEST_EFFORT,
        )
        return self._pending(client, request)

    @staticmethod
    def _pending(client: Client, request: Any) -> Call:
        return PendingCall(
            client.service_is_ready,
            lambda: client.call_async(request),
            lambda answer: '' if answer.ok else 'refused by the controller manager',
        )
