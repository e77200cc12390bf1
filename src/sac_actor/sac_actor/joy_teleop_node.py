# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Node `joy_teleop`: a joystick as the hand of the person in charge of the robot."""

from __future__ import annotations

import sys
from typing import Any

from rclpy.node import Node
from rclpy.time import Time
from sac_actor.joy_mapping import JoySettings
from sac_actor.joystick import Joystick, NO_NEWS
from sac_core.diagnostics import Level, Status
from sac_core.ros import names, qos
from sac_core.ros.checked_subscriptions import CheckedSubscriptions
from sac_core.ros.conversions import to_array
from sac_core.ros.diagnostics import DiagnosticsPublisher
from sac_core.ros.emergency_stop import subscribe_emergency_stop
from sac_core.ros.parameters import declare_settings, refuse_unknown_overrides
from sac_core.ros.run import EXIT_BAD_CONFIGURATION, run_node
from sac_core.ros.run_id import declare_run_id
from sac_core.ros.timers import create_timer, throttled
from sac_core.sessions import new_session
from sac_interfaces.msg import EnvSpec, Intervention
from sensor_msgs.msg import Joy
from std_msgs.msg import Bool

_DIAGNOSTICS_PERIOD = 1.0  # [s]
_LOG_PERIOD = 5.0  # [s] between repeated lines of the log


class JoyTeleopNode:
    """Turns `joy` into `intervention` while the deadman is held, and into `emergency_stop`.

    :param node_options: for rclpy's Node, such as a context of its own
    :raises ValueError: for a bad parameter
    """

    def __init__(self, **node_options: Any) -> None:
        self.node = Node('joy_teleop', **node_options)
        self.exit_code = 0
        self._run_id = declare_run_id(self.node)
        self._session = new_session()
        self._settings = declare_settings(self.node, JoySettings)
        refuse_unknown_overrides(self.node)
        self._joystick = Joystick(self._settings)
        self._counts = False
        self._pressed = False  # whether an emergency stop of this joystick is still latched

        advertise, subscribe = self.node.create_publisher, self.node.create_subscription
        self._interventions = advertise(
            Intervention, names.INTERVENTION, qos.qos_profile_intervention
        )
        self._stops = advertise(Bool, names.EMERGENCY_STOP, qos.qos_profile_emergency_stop)
        subscribe_emergency_stop(self.node, self._on_emergency_stop)
        subscribe(EnvSpec, names.ENV_SPEC, self._on_env_spec, qos.qos_profile_env_spec)
        self._inbox = CheckedSubscriptions(self.node)
        self._inbox.subscribe(Joy, names.JOY, self._on_joy, qos.qos_profile_intervention)
        self._diagnostics = DiagnosticsPublisher(self.node)
        create_timer(self.node, _DIAGNOSTICS_PERIOD, self._report)

    def _on_joy(self, joy: Joy) -> None:
        message = self._blank()
        message.header.stamp = self.node.get_clock().now().to_msg()
        try:
            if self._joystick.is_emergency(joy.buttons):
                self._press_emergency_stop()
            action = self._joystick.action(
                joy.axes, joy.buttons, stamp=Time.from_msg(joy.header.stamp).nanoseconds
            )
            if action is not None:
                message.active = True
                message.action = to_array(action)
        finally:  # who cannot be understood hands back
            self._interventions.publish(message)
            self._log()

    def _log(self) -> None:
        doubt = self._joystick.doubt
        if doubt and (doubt != NO_NEWS or self._counts):
            self.node.get_logger().warning(
                f'the joystick does not count: {doubt}', **throttled(_LOG_PERIOD)
            )
        elif not doubt and not self._counts:
            self.node.get_logger().info('the joystick was at rest: it counts from now on')
        self._counts = not doubt

    def _report(self) -> None:
        self._joystick.look()
        if self._counts:
            self._log()
        doubt = self._joystick.doubt
        self._diagnostics.publish(
            self._inbox.status(),
            Status('joystick', doubt or 'counts', Level.WARN if doubt else Level.OK, {}),
        )

    def _press_emergency_stop(self) -> None:
        if not self._pressed:
            self.node.get_logger().warning('emergency stop')
        self._pressed = True
        self._stops.publish(Bool(data=True))

    def _on_emergency_stop(self, message: Bool) -> None:
        """Let what is latched here go when somebody else lets the stop go."""
        if self._pressed and not message.data:
            self._pressed = False
            self._stops.publish(message)

    def _on_env_spec(self, message: EnvSpec) -> None:
        if message.run_id != self._run_id:
            return  # a robot of another run
        try:
            self._settings.check_robot(message.action_dim)
        except ValueError as error:
            self.exit_code = EXIT_BAD_CONFIGURATION
            print(f'joy_teleop: error: {error}', file=sys.stderr, flush=True)

    def wants_to_end(self) -> bool:
        return self.exit_code != 0

    def begin_end(self, reason: str) -> None:
        """Hand the robot back, rather than let the last action grow stale."""
        self._interventions.publish(self._blank())

    def _blank(self) -> Intervention:
        return Intervention(run_id=self._run_id, device_session=self._session)

    def has_ended(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""


def main() -> int:
    """Run the node as a process."""
    return run_node('joy_teleop', JoyTeleopNode)


if __name__ == '__main__':
    sys.exit(main())
