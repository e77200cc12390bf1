# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""ros2_control's controller manager as far as users see it: one component, some controllers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

CARTESIAN_IMPEDANCE = 'cartesian_impedance_controller'
JOINT_IMPEDANCE = 'joint_impedance_controller'
JOINT_STATES = 'joint_state_broadcaster'
ROBOT_STATE = 'franka_robot_state_broadcaster'
HARDWARE = 'FrankaHardwareInterface'
HARDWARE_STATES = {1: 'unconfigured', 2: 'inactive', 3: 'active', 4: 'finalized'}


@dataclass
class LoadedController:
    """:param commands: whether it moves the arm; the others only publish"""

    name: str
    type: str
    commands: bool
    is_active: bool = False


def trajectory_controller(robot_type: str) -> str:
    """:return: the name of the stock trajectory controller of an arm"""
    return f'{robot_type}_arm_controller'


def loaded_controllers(robot_type: str) -> list[LoadedController]:
    """:return: what is loaded at first: the broadcasters active, all that moves the arm not"""
    crisp = 'crisp_controllers/CartesianController'
    stock = 'joint_trajectory_controller/JointTrajectoryController'
    states = 'joint_state_broadcaster/JointStateBroadcaster'
    robot_state = 'franka_robot_state_broadcaster/FrankaRobotStateBroadcaster'
    return [
        LoadedController(CARTESIAN_IMPEDANCE, crisp, commands=True),
        LoadedController(JOINT_IMPEDANCE, crisp, commands=True),
        LoadedController(trajectory_controller(robot_type), stock, commands=True),
        LoadedController(JOINT_STATES, states, commands=False, is_active=True),
        LoadedController(ROBOT_STATE, robot_state, commands=False, is_active=True),
    ]


class ControllerManager:
    """
    Which controllers are active, and whether the hardware component is.

    :param start: called with a controller's name when it shall move the arm; returns why it
        cannot, or None
    :param stop: called when no controller moves the arm any more
    """

    def __init__(
        self,
        controllers: Sequence[LoadedController],
        *,
        start: Callable[[str], str | None],
        stop: Callable[[], None],
    ) -> None:
        self.controllers = {controller.name: controller for controller in controllers}
        self.hardware = 'active'
        self._start, self._stop = start, stop

    def is_active(self, name: str) -> bool:
        return self.controllers[name].is_active

    @property
    def moving(self) -> str | None:
        """:return: the controller that moves the arm, or None"""
        for controller in self.controllers.values():
            if controller.commands and controller.is_active:
                return controller.name
        return None

    def switch(self, activate: Sequence[str], deactivate: Sequence[str]) -> str | None:
        """Stop some and start others; :return: why nothing was changed, or None."""
        for name in [*activate, *deactivate]:
            if name not in self.controllers:
                return f'there is no controller {name!r}'
        for name in activate:
            if self.controllers[name].is_active and name not in deactivate:
                return f'{name} is active already'
        for name in deactivate:
            if not self.controllers[name].is_active:
                return f'{name} is not active'
        if activate and self.hardware != 'active':
            return f'{HARDWARE} is {self.hardware}'
        moving = [name for name in activate if self.controllers[name].commands]
        if self.moving and self.moving not in deactivate:
            moving.append(self.moving)
        if len(moving) > 1:
            return f'{moving[0]} and {moving[1]} both claim the joints'
        was_moving = self.moving
        for name in deactivate:
            self.controllers[name].is_active = False
        if was_moving and self.moving is None:
            self._stop()
        for name in activate:
            refusal = self._start(name) if self.controllers[name].commands else None
            if refusal:
                return refusal
            self.controllers[name].is_active = True
        return None

    def set_hardware(self, target: str, *, refusal: str | None = None) -> str | None:
        """
        Bring the hardware component into a state.

        :param refusal: why the robot cannot be used now, or None
        :return: why the component stays as it is, or None
        """
        if target not in HARDWARE_STATES.values() or target == 'finalized':
            return f'{HARDWARE} cannot become {target!r}'
        if target == 'active' and refusal:
            return refusal
        if target != 'active':
            self._stop_all()
        self.hardware = target
        return None

    def hardware_failed(self) -> None:
        """The read cycle returned an error: everything that uses the hardware stops."""
        self._stop_all()
        self.hardware = 'unconfigured'

    def controller_failed(self) -> str | None:
        """Let the moving controller's update fail; :return: its name, or None."""
        name = self.moving
        if name:
            self.controllers[name].is_active = False
            self._stop()
        return name

    def _stop_all(self) -> None:
        was_moving = self.moving is not None
        for controller in self.controllers.values():
            controller.is_active = False
        if was_moving:
            self._stop()
