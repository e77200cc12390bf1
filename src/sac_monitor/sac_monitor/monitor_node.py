# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""ROS node that hears a run's topics, shows its progress and records it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
import sys
import time
from typing import Any, TypeVar

from rcl_interfaces.srv import GetParameters, ListParameters
from rclpy.client import Client
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node
from rclpy.parameter import parameter_value_to_python
from rclpy.task import Future
from sac_core.ros import names, qos
from sac_core.ros.conversions import robot_spec_from_message
from sac_core.ros.parameters import declare_settings, refuse_unknown_overrides
from sac_core.ros.run import run_node
from sac_interfaces.msg import ActorStatus, EnvSpec, Episode, LearnerStatus
from sac_monitor.progress import format_report
from sac_monitor.progress_printer import ProgressPrinter
from sac_monitor.recorder import RunRecorder
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport
from sac_monitor.run_state import RunState
from sac_monitor.settings import MonitorSettings

_LOOK_PERIOD = 1.0  # between two looks for new nodes [s]
_PLAIN_CHECK_PERIOD = 1.0
_LAST_WORDS = 0.5  # longest time that a delivered message may take to be read [s]
_LONGEST_END = 61.0  # above the largest summary_timeout [s]

Report = TypeVar('Report', ActorReport, LearnerReport, EpisodeReport)


class MonitorNode:
    """Wires topics and timers to the run's state, its printer and its recorder."""

    def __init__(self) -> None:
        self.node = Node('monitor')
        self.exit_code = 0
        settings = declare_settings(self.node, MonitorSettings)
        refuse_unknown_overrides(self.node)
        self._summary_timeout = settings.summary_timeout
        self._deadline = 0.0
        self._state = RunState(
            actors=settings.actors,
            max_env_steps=settings.max_env_steps,
            max_episodes=settings.max_episodes,
        )
        self._printer = ProgressPrinter(
            self._state, settings.progress, plain_period=settings.plain_period
        )
        self._recorder: RunRecorder | None = None
        if settings.run_dir:
            self._recorder = RunRecorder(
                self._state,
                Path(settings.run_dir).expanduser(),
                resume=settings.resume,
                plot_period=settings.plot_period,
                report_error=lambda line: self.node.get_logger().error(line),
            )
        self._subscribe()
        in_line = self._printer.mode == 'line'
        self._every(settings.line_period if in_line else _PLAIN_CHECK_PERIOD, self._printer.show)
        if self._recorder:
            self._record(self._recorder, settings)
        self._printer.show()

    def _subscribe(self) -> None:
        for message, topic, callback, profile in (
            (EnvSpec, names.ENV_SPEC, self._on_env_spec, qos.qos_profile_env_spec),
            (ActorStatus, names.ACTOR_STATUS, self._on_actor, qos.qos_profile_status),
            (LearnerStatus, names.LEARNER_STATUS, self._on_learner, qos.qos_profile_status),
            (Episode, names.EPISODE, self._on_episode, qos.qos_profile_episode),
        ):
            self.node.create_subscription(message, topic, callback, profile)

    def _record(self, recorder: RunRecorder, settings: MonitorSettings) -> None:
        own = self.node.get_parameters_by_prefix('')
        recorder.record_parameters(
            self.node.get_fully_qualified_name(),
            {name: parameter.value for name, parameter in own.items()},
        )
        reader = _ParameterReader(
            self.node,
            (names.ENV_SPEC, names.ACTOR_STATUS, names.LEARNER_STATUS),
            recorder.record_parameters,
        )
        self._every(_LOOK_PERIOD, reader.look)
        self._every(settings.metrics_period, recorder.record_metrics)
        self._every(settings.summary_period, recorder.refresh)

    def _every(self, period: float, callback: Callable[[], None]) -> None:
        clock = Clock(clock_type=ClockType.STEADY_TIME)  # simulated time may stand still
        self.node.create_timer(period, callback, clock=clock)

    def _on_env_spec(self, message: EnvSpec) -> None:
        try:
            self._state.receive_spec(robot_spec_from_message(message))
        except ValueError as error:
            self.node.get_logger().error(f'env_spec ignored: {error}')

    def _on_actor(self, message: ActorStatus) -> None:
        self._state.receive_actor(_report(ActorReport, message))
        if self._recorder and self._state.has_begun:
            self._recorder.begin()

    def _on_learner(self, message: LearnerStatus) -> None:
        self._state.receive_learner(_report(LearnerReport, message))

    def _on_episode(self, message: Episode) -> None:
        episode = _report(EpisodeReport, message)
        if self._state.receive_episode(episode) and self._recorder:
            self._recorder.begin()
            self._recorder.record_episode(episode)

    def wants_to_end(self) -> bool:
        """Say no: a monitor stays until it is told to go."""
        return False

    def begin_end(self, reason: str) -> None:
        """Wait for the last statuses from now on."""
        self._deadline = time.monotonic() + self._summary_timeout
        if self._recorder:
            self._recorder.refresh('interrupted')

    def has_ended(self) -> bool:
        """Say whether the learner and every actor have said their last, or time is up."""
        publishers = map(self.node.count_publishers, (names.ACTOR_STATUS, names.LEARNER_STATUS))
        if not any(publishers):  # all have gone; what they said last may still be on its way
            self._deadline = min(self._deadline, time.monotonic() + _LAST_WORDS)
        return not self._state.awaited() or time.monotonic() > self._deadline

    def close(self) -> None:
        """Write what the run leaves."""
        exit_reason = self._state.exit_reason()
        run_dir = self._recorder.path if self._recorder else None
        report = format_report(self._state, exit_reason, run_dir)
        if self._recorder:
            self._recorder.finish(exit_reason)
            self.exit_code = int(self._recorder.failed)
        self._printer.end(report)


class _ParameterReader:
    """Reads the parameters of each node that publishes on given topics, once per start of it.

    It asks for the nodes of the run, whatever they are called, and waits for none of them.
    """

    def __init__(
        self,
        node: Node,
        topics: Sequence[str],
        deliver: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._node = node
        self._topics = [node.resolve_topic_name(topic) for topic in topics]
        self._deliver = deliver
        self._clients: dict[tuple[str, bytes], tuple[Client, Client]] = {}
        self._asked: set[tuple[str, bytes]] = set()
        self._answered: set[tuple[str, bytes]] = set()

    def look(self) -> None:
        """Ask nodes that are new, and forget those that are gone or have answered."""
        present = set(self._publishers())
        for start in present - self._clients.keys() - self._answered:
            self._clients[start] = (
                self._node.create_client(ListParameters, f'{start[0]}/list_parameters'),
                self._node.create_client(GetParameters, f'{start[0]}/get_parameters'),
            )
        for start in (self._clients.keys() & self._answered) | (self._clients.keys() - present):
            self._asked.discard(start)
            for client in self._clients.pop(start):
                self._node.destroy_client(client)
        for start, clients in self._clients.items():
            if start not in self._asked and all(each.service_is_ready() for each in clients):
                self._asked.add(start)
                self._ask(start, *clients)

    def _publishers(self) -> list[tuple[str, bytes]]:
        """Name the publishing nodes; a restarted node has another publisher, with another id."""
        return [
            (f'{info.node_namespace.rstrip("/")}/{info.node_name}', bytes(info.endpoint_gid))
            for topic in self._topics
            for info in self._node.get_publishers_info_by_topic(topic)
            if not info.node_name.startswith('_')  # not known yet, or hidden
        ]

    def _ask(self, start: tuple[str, bytes], lister: Client, getter: Client) -> None:
        def on_names(future: Future) -> None:
            found = list(future.result().result.names)
            request = GetParameters.Request(names=found)
            getter.call_async(request).add_done_callback(lambda values: on_values(found, values))

        def on_values(found: list[str], future: Future) -> None:
            values = [_plain(parameter_value_to_python(each)) for each in future.result().values]
            self._answered.add(start)
            known = {
                name: value for name, value in zip(found, values, strict=True) if value is not None
            }
            self._deliver(start[0], dict(sorted(known.items())))

        lister.call_async(ListParameters.Request()).add_done_callback(on_names)


def _report(kind: type[Report], message: Any) -> Report:
    """Copy the fields of a message; a float32 keeps its own digits, 0.1 and not 0.10000000149."""
    types = message.get_fields_and_field_types()
    values = {field.name: getattr(message, field.name) for field in fields(kind)}
    for name, value in values.items():
        if types[name] == 'float':
            values[name] = float(f'{value:.7g}')
    return kind(**values)


def _plain(value: Any) -> Any:
    """Turn a parameter's array into a list."""
    return list(value) if hasattr(value, '__len__') and not isinstance(value, str) else value


def main(args: Sequence[str] | None = None) -> int:
    """Run the monitor as a process."""
    return run_node('monitor', MonitorNode, args, end_timeout=_LONGEST_END)


if __name__ == '__main__':
    sys.exit(main())
