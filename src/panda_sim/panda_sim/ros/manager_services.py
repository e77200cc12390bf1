# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The controller manager's services around `ControllerManager`."""

from __future__ import annotations

from controller_manager_msgs.msg import ControllerState, HardwareComponentState
from controller_manager_msgs.srv import (
    ListControllers,
    ListHardwareComponents,
    SetHardwareComponentState,
    SwitchController,
)
from lifecycle_msgs.msg import State
from panda_sim.controller_manager import HARDWARE, HARDWARE_STATES
from panda_sim.twin import Twin
from rclpy.node import Node

_STATE_IDS = {label: number for number, label in HARDWARE_STATES.items()}
_PLUGIN = 'franka_hardware/FrankaHardwareInterface'
_UPDATE_RATE = 1000


class ManagerServices:
    """Services under controller_manager/."""

    def __init__(self, node: Node, twin: Twin) -> None:
        self._twin, self._logger = twin, node.get_logger()
        for kind, name, answer in (
            (ListControllers, 'list_controllers', self._list_controllers),
            (ListHardwareComponents, 'list_hardware_components', self._list_hardware),
            (SetHardwareComponentState, 'set_hardware_component_state', self._set_hardware),
            (SwitchController, 'switch_controller', self._switch),
        ):
            node.create_service(kind, f'controller_manager/{name}', answer)

    def _list_controllers(
        self, _: ListControllers.Request, response: ListControllers.Response
    ) -> ListControllers.Response:
        efforts = [f'{name}/effort' for name in self._twin.arm.joint_names]
        for controller in self._twin.manager.controllers.values():
            response.controller.append(
                ControllerState(
                    name=controller.name,
                    state='active' if controller.is_active else 'inactive',
                    type=controller.type,
                    update_rate=_UPDATE_RATE,
                    required_command_interfaces=efforts if controller.commands else [],
                    claimed_interfaces=(
                        efforts if controller.commands and controller.is_active else []
                    ),
                )
            )
        return response

    def _list_hardware(
        self, _: ListHardwareComponents.Request, response: ListHardwareComponents.Response
    ) -> ListHardwareComponents.Response:
        response.component.append(
            HardwareComponentState(
                name=HARDWARE,
                type='system',
                rw_rate=_UPDATE_RATE,
                plugin_name=_PLUGIN,
                state=self._hardware_state(),
            )
        )
        return response

    def _set_hardware(
        self,
        request: SetHardwareComponentState.Request,
        response: SetHardwareComponentState.Response,
    ) -> SetHardwareComponentState.Response:
        target = request.target_state
        label = HARDWARE_STATES.get(target.id, '') if target.id else target.label
        refusal = (
            f'there is no hardware component {request.name!r}'
            if request.name != HARDWARE
            else self._twin.set_hardware(label)
        )
        if refusal:
            self._logger.warning(f'set_hardware_component_state: {refusal}')
        response.ok = refusal is None
        response.state = self._hardware_state()
        return response

    def _switch(
        self, request: SwitchController.Request, response: SwitchController.Response
    ) -> SwitchController.Response:
        activate = list(request.activate_controllers)
        deactivate = list(request.deactivate_controllers)
        if request.strictness == SwitchController.Request.BEST_EFFORT:
            known = self._twin.manager.controllers
            activate = [n for n in activate if n in known and not known[n].is_active]
            deactivate = [n for n in deactivate if n in known and known[n].is_active]
        refusal = self._twin.manager.switch(activate, deactivate)
        if refusal:
            self._logger.warning(f'switch_controller: {refusal}')
        response.ok = refusal is None
        response.message = refusal or ''
        return response

    def _hardware_state(self) -> State:
        label = self._twin.manager.hardware
        return State(id=_STATE_IDS[label], label=label)
