# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Node `sim_bridge`: a Gymnasium environment behind the robot's topics."""

from __future__ import annotations

import sys
import time
import traceback
from typing import Any

from rclpy.node import Node
from sac_core.belonging import check_run, Partner, SHORTEST_PATIENCE
from sac_core.command_watch import CommandWatch
from sac_core.realtime import prioritize_process
from sac_core.ros import names, qos
from sac_core.ros.checked_subscriptions import CheckedSubscriptions
from sac_core.ros.conversions import to_floats
from sac_core.ros.diagnostics import DiagnosticsPublisher
from sac_core.ros.emergency_stop import subscribe_emergency_stop
from sac_core.ros.observation_topic import ObservationTopic
from sac_core.ros.parameters import declare_settings, refuse_unknown_overrides
from sac_core.ros.run import run_node
from sac_core.ros.run_id import declare_run_id
from sac_core.ros.timers import create_timer
from sac_core.ros.workarounds.shutdown_deadline import shutdown_deadline
from sac_core.time_step import TimeStep
from sac_interfaces.msg import Command
from sim_bridge.bridge_status import BridgeStatus
from sim_bridge.config import SimBridgeSettings
from sim_bridge.env_runner import EnvRunner, SimulationError
from sim_bridge.heartbeat import Heartbeat
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

_DIAGNOSTICS_PERIOD = 1.0
_REPORT_PERIOD = 5.0
_CLOSING_SECONDS = 4.0  # as far as the end of the node waits for the environment


class SimBridgeNode:
    """Moves messages between the topics and an `EnvRunner`.

    :param node_options: for rclpy's Node, such as a context of its own
    :raises ValueError: where a parameter or the environment does not do
    """

    def __init__(self, **node_options: Any) -> None:
        self.node = Node('sim_bridge', **node_options)
        self.exit_code = 0
        self._next_report: dict[str, float] = {}
        self._run_id = declare_run_id(self.node)
        settings = declare_settings(self.node, SimBridgeSettings)
        refuse_unknown_overrides(self.node)
        try:
            self.runner = EnvRunner(
                settings.env_id,
                seed=settings.seed,
                env_kwargs=settings.env_kwargs,
                report=self._report,
            )
        except ValueError as error:
            _show_traceback(error)
            raise
        spec = self.runner.spec

        node = self.node
        self._diagnostics = DiagnosticsPublisher(node)
        self.watch = CommandWatch(self._on_silence)
        self._command_timeout = settings.command_timeout
        if settings.command_timeout:
            self.watch.use(create_timer(node, settings.command_timeout, self.watch.time_is_up))
        self._status = BridgeStatus(self.runner, self.watch)
        self.inbox = CheckedSubscriptions(node)
        self.inbox.subscribe(Command, names.COMMAND, self._on_command, qos.qos_profile_command)
        self._actor = Partner(
            'actor_session',
            in_run=bool(self._run_id),
            patience=max(SHORTEST_PATIENCE, 2 * settings.command_timeout),
        )
        self.is_emergency = False
        subscribe_emergency_stop(node, self._on_emergency_stop)
        node.create_service(Trigger, names.RESET_SERVICE, self._on_reset)
        create_timer(node, _DIAGNOSTICS_PERIOD, self._on_diagnostics)

        node.get_logger().info(
            f'{spec.env_id}: {spec.observation_dim} observations, {spec.action_dim} actions,'
            f' {spec.step_duration:g} s of simulated time per step'
        )
        self.observations = ObservationTopic(node, spec, self.inbox, run_id=self._run_id)
        self.observations.publish(self.runner.newest)
        # A reset of a real robot takes seconds: the actor must see meanwhile that it is alive.
        self._heartbeat = Heartbeat(self.observations.heartbeat, period=settings.heartbeat_period)
        prioritize_process(settings.rt_priority, warn=node.get_logger().warning)

    def wants_to_end(self) -> bool:
        if self.observations.failure and not self.exit_code:
            print(f'{self.node.get_name()}: error: {self.observations.failure}', file=sys.stderr)
            self.exit_code = self.observations.exit_code
        return self.exit_code != 0

    def begin_end(self, reason: str) -> None:
        """Nothing is due: an observation is sent as soon as it exists."""

    def has_ended(self) -> bool:
        return True

    def close(self) -> None:
        self._heartbeat.stop()
        self.observations.close()
        with shutdown_deadline(_CLOSING_SECONDS, self.exit_code):
            try:
                self.runner.close()
            except Exception as error:  # noqa: BLE001  whatever a third party's code may raise
                traceback.print_exception(error)
                print(f'sim_bridge: the environment failed in close: {error!r}', file=sys.stderr)

    def _on_command(self, command: Command) -> None:
        actor = command.actor_session
        check_run(self._run_id, command.run_id, f'actor_session {actor}')
        if command.stop or self.is_emergency:
            self._stand_still()
            return
        if command.bridge_session == self.runner.spec.bridge_session:
            self._actor.check(actor)
        elif command.bridge_session:  # another bridge's, or that of one before this one
            self.runner.counts.ignored_commands += 1
            return
        newest, begun = self.runner.newest, time.monotonic()
        try:
            observed = self.runner.execute(
                to_floats(command.action),
                session=command.bridge_session,
                episode_id=command.episode_id,
                step=command.step,
                reset=command.reset,
            )
            if observed is not None:
                self.observations.publish(observed)
                self._note_duration(observed, time.monotonic() - begun)
            if self.runner.owes_reset:
                self.watch.rest()  # no command is due on the way to the next start
                self.observations.publish(self.runner.reset())
        except SimulationError as error:
            self._fail(error)
            return
        if self.runner.newest is not newest:  # a valid one: it moved the robot
            self.watch.heard()

    def _note_duration(self, observed: TimeStep, seconds: float) -> None:
        if 0.0 < self._command_timeout < seconds and observed.step:
            self._report(
                f'slow step: step {observed.step} of episode {observed.episode_id} took'
                f' {seconds:.2f} s; control_rate:=0 waits for a robot that keeps no clock'
            )

    def _on_emergency_stop(self, message: Bool) -> None:
        """Ignore all commands while it is pressed, those of the actor and resets."""
        if message.data and not self.is_emergency:
            self._stand_still()
            self.node.get_logger().error('emergency stop')
        self.is_emergency = message.data

    def _stand_still(self) -> None:
        self.watch.rest()
        self.observations.publish(self.runner.stand_still())

    def _on_silence(self) -> None:
        self.observations.publish(self.runner.stand_still())
        self.node.get_logger().warning('no command came in time: the robot stands still')

    def _on_reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        if self.is_emergency:
            response.message = 'emergency stop'
            return response
        try:
            self.observations.publish(self.runner.reset())
        except SimulationError as error:
            self._fail(error)
            response.message = str(error)
            return response
        response.success = True
        response.message = f'episode {self.runner.newest.episode_id} begins'
        return response

    def _on_diagnostics(self) -> None:
        self._diagnostics.publish(
            self._status.report(is_emergency=self.is_emergency), self.inbox.status()
        )

    def _report(self, text: str) -> None:
        """Log a warning, but none of the same kind (text before the colon) soon after it."""
        kind, now = text.partition(':')[0], time.monotonic()
        if now >= self._next_report.get(kind, 0.0):
            self._next_report[kind] = now + _REPORT_PERIOD
            self.node.get_logger().warning(text)

    def _fail(self, error: SimulationError) -> None:
        _show_traceback(error)
        self.node.get_logger().error(str(error))
        self.exit_code = 1


def _show_traceback(error: Exception) -> None:
    """Show where the environment's own code failed, if it was that."""
    if error.__cause__ is not None:
        traceback.print_exception(error.__cause__)


def main() -> int:
    return run_node('sim_bridge', SimBridgeNode)


if __name__ == '__main__':
    sys.exit(main())
