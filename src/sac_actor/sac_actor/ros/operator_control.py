# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Topics and services by which people stop the robot, release it, drive it or ask for more."""

from __future__ import annotations

from collections.abc import Callable
import math

from rclpy.node import Node
from rclpy.time import Time
from sac_actor.hold_state_file import HoldStateFile
from sac_actor.human_control import HumanControl
from sac_actor.stamps import Stamps
from sac_actor.stop_arbiter import StopArbiter
from sac_core.belonging import check_run, Partner
from sac_core.ros import names, qos
from sac_core.ros.checked_subscriptions import CheckedSubscriptions
from sac_core.ros.conversions import intervention_from_message
from sac_core.ros.emergency_stop import subscribe_emergency_stop
from sac_core.spaces import RobotSpec
from sac_interfaces.msg import Intervention
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger


class OperatorControl:
    """Hands what people want over to the control loop, from the start of the node to its end.

    :param authority: gets who wants the robot to stand still
    :param human: gets all else
    :param memory: of a hold, over a kill of the actor
    :param run_id: of the node
    :param wake: called after each change, so that lockstep sees it at once
    :param inbox: of the node
    :param waiting_for: what the actor waits for, empty while it drives
    """

    def __init__(
        self,
        node: Node,
        stop_arbiter: StopArbiter,
        human: HumanControl,
        memory: HoldStateFile,
        *,
        run_id: int,
        wake: Callable[[], None],
        inbox: CheckedSubscriptions,
        waiting_for: Callable[[], str],
    ) -> None:
        self._logger = node.get_logger()
        self._run_id = run_id
        # Two that drive at once would move the robot by turns.
        self._device = Partner('device_session', in_run=False, patience=math.inf)
        self._stop_arbiter = stop_arbiter
        self._human = human
        self._memory = memory
        self._wake = wake
        self._waiting_for = waiting_for
        self._spec: RobotSpec | None = None
        self._stamps = Stamps()  # of the wishes
        if memory.load():
            stop_arbiter.hold(True)
            self._logger.warning('held, as the actor before this one was when it was killed')
        subscribe_emergency_stop(node, self._on_emergency_stop)
        wish_qos = qos.qos_profile_intervention
        inbox.subscribe(Intervention, names.INTERVENTION, self._on_intervention, wish_qos)
        node.create_service(SetBool, names.HOLD_SERVICE, self._on_hold)
        node.create_service(SetBool, names.PAUSE_SERVICE, self._on_pause)
        node.create_service(Trigger, names.RESET_SERVICE, self._on_reset)
        node.create_service(Trigger, names.EVALUATE_SERVICE, self._on_evaluate)

    def begin(self, spec: RobotSpec) -> None:
        """Let people drive this robot from now on."""
        self._spec = spec

    def _on_emergency_stop(self, message: Bool) -> None:
        if message.data == self._stop_arbiter.is_emergency:
            return  # it is repeated while the button is held
        if message.data:
            self._stop_arbiter.press_emergency_stop()
            self._wake()
            self._remember(held=True)
            self._logger.error('emergency stop')
        else:
            self._stop_arbiter.release_emergency_stop()
            self._logger.warning(f'emergency stop let go, still {self._stop_arbiter.reason}')

    def _on_intervention(self, message: Intervention) -> None:
        device = message.device_session
        if message.run_id:  # a device that knows nothing of runs serves any
            check_run(self._run_id, message.run_id, f'device_session {device}')
        if self._spec is None:
            return
        action_of_person = intervention_from_message(message, self._spec)
        intervention = self._human.intervention
        if intervention.action() is None:
            self._device.release()  # no person drives
        if action_of_person is None:
            if self._device.session in (device, None):
                intervention.hand_back()
            return
        self._device.check(device)
        if self._stamps.is_news(Time.from_msg(message.header.stamp).nanoseconds):
            intervention.drive(action_of_person)

    def _on_hold(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        response.success = self._stop_arbiter.hold(request.data)
        response.message = self._stop_arbiter.reason or 'released'
        self._wake()
        self._remember(held=self._stop_arbiter.is_held)
        self._logger.warning(response.message)
        return response

    def close(self) -> None:
        """Forget a hold: who ends the actor in order may start it again."""
        self._remember(held=False)

    def _remember(self, *, held: bool) -> None:
        try:
            self._memory.save(held)
        except OSError as error:
            self._logger.error(f'the hold would not survive a kill of the actor: {error}')

    def _on_pause(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._human.pausing = request.data
        response.success = True
        response.message = 'not collecting' if request.data else 'collecting'
        self._logger.info(response.message)
        return response

    def _on_reset(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        if self._drives(response):
            self._human.reset()
            response.message = 'a new episode begins'
        return response

    def _on_evaluate(
        self, request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        if self._drives(response):
            episodes = self._human.evaluation.request()
            response.message = f'{episodes} episodes are evaluated after the one under way'
        return response

    def _drives(self, response: Trigger.Response) -> bool:
        """Answer whether there are episodes now, and if not, why."""
        waiting_for = self._waiting_for()
        response.success = not waiting_for
        response.message = f'waiting for {waiting_for}' if waiting_for else ''
        return bool(response.success)
