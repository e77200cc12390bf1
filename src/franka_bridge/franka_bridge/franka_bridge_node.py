# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Node `franka_bridge`: a Franka arm with its task behind the robot's topics."""

from __future__ import annotations

import sys
import time
from typing import Any

from franka_bridge.arm_runner import ArmRunner
from franka_bridge.arm_status import ArmStatus
from franka_bridge.arrival_rates import ArrivalRates
from franka_bridge.back_ends import choose_back_end, JOINTS, read_back_ends
from franka_bridge.config import DriverSettings, FrankaBridgeSettings
from franka_bridge.description import describe_arm
from franka_bridge.driver_state import DriverState
from franka_bridge.guard import Guard
from franka_bridge.limits import ArmLimits
from franka_bridge.recovery import Recovery
from franka_bridge.ros.driver_calls import DriverCalls
from franka_bridge.ros.driver_topics import DriverTopics, parts_to_hear
from franka_bridge.ros.lockstep import LockstepSteps
from franka_bridge.ros.real_time import RealTimeSteps
from franka_bridge.ros.target_topic import TargetTopic
from franka_bridge.tasks.catalog import make_task, read_numbers
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
from sac_core.sessions import new_session
from sac_core.time_step import TimeStep
from sac_interfaces.msg import Command
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

RECOVER_SERVICE = '~/recover'
_DIAGNOSTICS_PERIOD = 1.0
_CONTROLLERS_PERIOD = 0.5  # [s] between two looks at what is active
_REPORT_PERIOD = 5.0
_TELL_AFTER = 3.0  # [s] that something is wrong with the driver before the log says so
_LONGEST_STOP = 1.5  # [s] until the arm is at rest, as far as the end of the node waits for it


class FrankaBridgeNode:
    """Moves messages between the driver, the topics of a robot and an `ArmRunner`.

    :param node_options: for rclpy's Node, such as a context of its own
    :raises ValueError: where a parameter does not do
    """

    def __init__(self, **node_options: Any) -> None:
        self.node = node = Node('franka_bridge', **node_options)
        self.exit_code = 0
        self._next_report: dict[str, float] = {}
        self._run_id = declare_run_id(self.node)
        self.is_emergency = False
        self._end_by = 0.0  # monotonic [s]
        settings = declare_settings(node, FrankaBridgeSettings)
        driver_settings = declare_settings(node, DriverSettings)
        limits = declare_settings(node, ArmLimits)
        refuse_unknown_overrides(node)
        numbers = read_numbers(settings.task, settings.task_numbers)
        task = make_task(settings.task, settings.robot_type, settings.base, **numbers)
        table = read_back_ends(driver_settings.back_ends, settings.robot_type)
        back_end = choose_back_end(table, settings.back_end, motion=task.motion)
        spec = describe_arm(task, step_duration=settings.step_duration, session=new_session())
        self.driver = DriverState(parts_to_hear(has_gripper=settings.has_gripper), settings.base)
        self.inbox = CheckedSubscriptions(node)
        self._targets = TargetTopic(
            node,
            back_end,
            joints=next((each for each in table.values() if each.message == JOINTS), None),
            joint_names=settings.joint_names,
            frame=f'{settings.arm_name}_link0' if settings.base.is_origin else 'world',
            step_duration=settings.step_duration,
            lockstep=settings.lockstep,
        )
        self._listener: Node | None = None  # hears the driver, and is never spun
        self._steps: LockstepSteps | RealTimeSteps
        if settings.lockstep:
            self._steps = LockstepSteps(node, settings, targets=self._targets, state=self.driver)
            self._hear(node, settings, on_news=self._steps.on_news)
        else:
            self._listener = Node(
                'franka_bridge_listener',
                context=node.context,
                use_global_arguments=False,
                namespace=node.get_namespace(),
                enable_rosout=False,
                start_parameter_services=False,
            )
            topics = self._hear(self._listener, settings)
            self._steps = RealTimeSteps(node, settings, targets=self._targets, topics=topics)
        self._calls = DriverCalls(
            node,
            self.driver,
            controller=back_end.controller,
            rivals=[
                row.controller for row in table.values() if row.controller != back_end.controller
            ],
            broadcasters=driver_settings.broadcasters,
            hardware=driver_settings.hardware,
            before_activation=lambda: self.runner.hold_here(),
        )
        self._observations = ObservationTopic(node, spec, self.inbox, run_id=self._run_id)
        self.runner = ArmRunner(
            task,
            limits,
            spec,
            driver=self.driver,
            guard=Guard(
                limits,
                controller=back_end.controller,
                broadcasters=driver_settings.broadcasters,
                recoverable=driver_settings.recoverable_errors,
                watches_ages=not settings.lockstep,
            ),
            recovery=Recovery(driver_settings, self._calls, self._report),
            seed=settings.seed,
            send=self._steps.send,
            hold=self._steps.hold,
            publish=self._publish,
            report=self._report,
        )
        self.watch = CommandWatch(self._on_silence)
        if settings.command_timeout:
            self.watch.use(create_timer(node, settings.command_timeout, self.watch.time_is_up))
        self._actor = Partner(
            'actor_session',
            in_run=bool(self._run_id),
            patience=max(SHORTEST_PATIENCE, 2 * settings.command_timeout),
        )
        self._diagnostics = DiagnosticsPublisher(node, hardware_id=settings.robot_type)
        rate = 1.0 / settings.step_duration
        self._status = ArmStatus(
            self.runner,
            self.driver,
            self.watch,
            rates=None if settings.lockstep else ArrivalRates(self.driver, rate),
            without=self._calls.warning,
        )
        self._told, self._tell_at = '', time.monotonic() + _TELL_AFTER
        self._command_topic = node.resolve_topic_name(names.COMMAND)
        self.inbox.subscribe(Command, names.COMMAND, self._on_command, qos.qos_profile_command)
        subscribe_emergency_stop(node, self._on_emergency_stop)
        node.create_service(Trigger, names.RESET_SERVICE, self._on_reset)
        node.create_service(Trigger, RECOVER_SERVICE, self._on_recover)
        create_timer(node, settings.heartbeat_period, self._on_heartbeat)
        create_timer(node, _CONTROLLERS_PERIOD, self._on_controllers)
        create_timer(node, _DIAGNOSTICS_PERIOD, self._on_diagnostics)
        log = node.get_logger()
        log.info(
            f'{spec.env_id} on {settings.robot_type}: {spec.observation_dim} observations,'
            f' {spec.action_dim} actions, targets on {back_end.topic} for {back_end.controller}'
        )
        if self._calls.warning:
            log.warning(self._calls.warning)
        self._steps.drive(self.runner)
        prioritize_process(settings.rt_priority, warn=log.warning)

    def _hear(self, node: Node, settings: FrankaBridgeSettings, **options: Any) -> DriverTopics:
        return DriverTopics(
            node,
            self.driver,
            joint_names=settings.joint_names,
            refuse=self.inbox.refuse,
            warn=self.node.get_logger().warning,
            **options,
        )

    def wants_to_end(self) -> bool:
        if self._observations.failure and not self.exit_code:
            print(f'{self.node.get_name()}: error: {self._observations.failure}', file=sys.stderr)
            self.exit_code = self._observations.exit_code
        return self.exit_code != 0

    def begin_end(self, reason: str) -> None:
        """Hold the arm: no process will be left to stop it."""
        self.runner.stand_still(reason)
        self._end_by = time.monotonic() + _LONGEST_STOP

    def has_ended(self) -> bool:
        return not self.runner.moves or time.monotonic() > self._end_by

    def close(self) -> None:
        self._observations.close()
        if self._listener is not None:
            self._listener.destroy_node()

    def _on_command(self, command: Command) -> None:
        actor = command.actor_session
        check_run(self._run_id, command.run_id, f'actor_session {actor}')
        if command.stop or self.is_emergency:
            self.watch.rest()
            self.runner.stand_still('emergency stop' if self.is_emergency else 'told to stop')
            return
        if command.bridge_session == self.runner.spec.bridge_session:
            self._actor.check(actor)
        elif command.bridge_session:  # another bridge's, or that of one before this one
            self.runner.episodes.ignore()
            return
        moves = self.runner.command(
            to_floats(command.action),
            session=command.bridge_session,
            episode_id=command.episode_id,
            step=command.step,
            reset=command.reset,
        )
        if moves:
            self.watch.heard()
        elif self.runner.is_held or command.reset:
            self.watch.rest()

    def _on_emergency_stop(self, message: Bool) -> None:
        """Ignore all commands while it is pressed, those of the actor and resets."""
        if message.data and not self.is_emergency:
            self.watch.rest()
            self.runner.stand_still('emergency stop')
            self.node.get_logger().error('emergency stop')
        self.is_emergency = message.data

    def _on_silence(self) -> None:
        if self.runner.moves or not self.runner.is_held:
            self.runner.stand_still('no command came in time')

    def _publish(self, observed: TimeStep) -> None:
        if observed.ends_episode:
            self.watch.rest()  # no command is due on the way to the next start
        self._observations.publish(observed)

    def _on_reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        if self.is_emergency:
            response.message = 'emergency stop'
            return response
        self.watch.rest()
        self.runner.want_reset()
        response.success = True
        response.message = 'a new episode begins as soon as the arm is at its start'
        return response

    def _on_recover(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        """A person says that what needed one is seen to; whether it is, the state must show."""
        fault = self.runner.fault
        if self.is_emergency or (fault is not None and fault.kind.name == 'USER_STOP'):
            response.message = 'emergency stop' if self.is_emergency else str(fault)
            return response
        self.runner.recovery.acknowledge_fault()
        response.success = True
        response.message = 'the next reset may recover the arm'
        return response

    def _on_heartbeat(self) -> None:
        self._observations.heartbeat()
        if self.runner.moves and not self.node.count_publishers(self._command_topic):
            self.runner.stand_still('no actor is there to give commands')

    def _on_controllers(self) -> None:
        self.driver.listeners = self._targets.listeners
        self._calls.look_at_controllers()

    def _on_diagnostics(self) -> None:
        reports = self._status.reports(is_emergency=self.is_emergency)
        self._tell(self._status.complaint)
        self._diagnostics.publish(*reports, self.inbox.status())

    def _tell(self, complaint: str) -> None:
        """Log what is wrong with the driver, once it lasts: it may keep the arm from work."""
        now = time.monotonic()
        if not complaint:
            self._told, self._tell_at = '', now + _TELL_AFTER
        elif complaint != self._told and now >= self._tell_at:
            self._told, self._tell_at = complaint, now + _REPORT_PERIOD
            self.node.get_logger().warning(f'driver: {complaint}')

    def _report(self, text: str) -> None:
        """Log a warning, but not the same one again soon after it."""
        now = time.monotonic()
        if now >= self._next_report.get(text, 0.0):
            self._next_report = {text: now + _REPORT_PERIOD}
            self.node.get_logger().warning(text)


def main() -> int:
    return run_node('franka_bridge', FrankaBridgeNode)


if __name__ == '__main__':
    sys.exit(main())
