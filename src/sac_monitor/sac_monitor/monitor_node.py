# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""ROS node that hears a run's topics, shows its progress and records it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import os
from pathlib import Path
import sys
import time
from typing import Any

from rclpy.node import Node
from rclpy.timer import Timer
from sac_core.belonging import check_run, ForeignError
from sac_core.message_validation import robot_spec_from_message
from sac_core.ros import names, qos
from sac_core.ros.checked_subscriptions import CheckedSubscriptions
from sac_core.ros.diagnostics import DiagnosticsPublisher
from sac_core.ros.parameter_changes import change_period, ParameterChanges
from sac_core.ros.parameters import declare_settings, refuse_unknown_overrides
from sac_core.ros.run import EXIT_BAD_CONFIGURATION, run_node
from sac_core.ros.run_id import declare_run_id
from sac_core.ros.timers import create_timer, throttled
from sac_core.sessions import new_session
from sac_interfaces.msg import ActorStatus, EnvSpec, Episode, LearnerStatus
from sac_monitor.condition import advice, awaited, duplicate_nodes, exit_reason
from sac_monitor.curves import CurveWriter
from sac_monitor.progress import format_report
from sac_monitor.progress_printer import ProgressPrinter
from sac_monitor.recorder import RunRecorder
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport, report_from_message
from sac_monitor.ros.change_listener import listen_to_changes
from sac_monitor.ros.parameter_reader import ParameterReader
from sac_monitor.run_state import RunState
from sac_monitor.sanity_check import SanityCheck
from sac_monitor.settings import MonitorSettings
from sac_monitor.tensorboard_file import TensorBoardFile
from sac_monitor.wandb_run import WandbRun

_DIAGNOSTICS_PERIOD = 1.0
_LOOK_PERIOD = 1.0  # between two looks for new nodes [s]
_PLAIN_CHECK_PERIOD = 1.0
_PATIENCE = 0.2  # until a signal is seen [s]
_LAST_WORDS = 0.5  # longest time that a delivered message may take to be read [s]
_LONGEST_END = 61.0  # above the largest summary_timeout [s]
_LOG_PERIOD = 10.0  # between repeated lines of the log [s]
# A monitor younger than this that hears two of a kind belongs to the run that came second [s],
# unless it was started again in a run that was alive a moment ago.
_NEWCOMER = 15.0
_MOMENT = 60.0


class MonitorNode:
    """Wires topics and timers to the run's state, its printer and its recorder."""

    def __init__(self) -> None:
        self.node = Node('monitor')
        self.exit_code = 0
        self._run_id = declare_run_id(self.node)
        settings = declare_settings(self.node, MonitorSettings)
        refuse_unknown_overrides(self.node)
        self._summary_timeout = settings.summary_timeout
        self._deadline = 0.0
        self._refusal = ''
        self._started = time.monotonic()
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
                curve_writers=_curve_writers(settings),
            )
        self._state.starts.note('monitor', new_session())
        self._inbox = CheckedSubscriptions(self.node)
        self._plausibility = SanityCheck()
        self._subscribe()
        diagnostics = DiagnosticsPublisher(self.node)
        self._every(_DIAGNOSTICS_PERIOD, lambda: diagnostics.publish(self._inbox.status()))
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
            self._inbox.subscribe(message, topic, callback, profile)

    def _record(self, recorder: RunRecorder, settings: MonitorSettings) -> None:
        own = self.node.get_parameters_by_prefix('')
        recorder.record_parameters(
            self.node.get_fully_qualified_name(),
            {name: parameter.value for name, parameter in own.items()},
        )
        reader = ParameterReader(
            self.node,
            (names.ENV_SPEC, names.ACTOR_STATUS, names.LEARNER_STATUS),
            recorder.record_parameters,
        )
        self._every(_LOOK_PERIOD, reader.look)
        listen_to_changes(self.node, recorder.record_change)
        timer = self._every(settings.metrics_period, recorder.record_metrics)
        ParameterChanges(self.node).accept(
            settings, apply=lambda changed: change_period(timer, changed.metrics_period)
        )
        self._every(settings.summary_period, recorder.refresh)

    def _every(self, period: float, callback: Callable[[], None]) -> Timer:
        return create_timer(self.node, period, callback)

    def _check_run(self, message: Any, sender: str) -> None:
        """Refuse what is of another run; one of those was here first. By hand all is heard."""
        if not self._run_id:
            return
        try:
            check_run(self._run_id, message.run_id, sender)
        except ForeignError as error:
            if not isinstance(message, EnvSpec):  # a bridge alone trains nothing
                self._meet_rival(str(error), came_second=not self._state.has_begun)
            raise

    def _on_env_spec(self, message: EnvSpec) -> None:
        self._check_run(message, message.process or 'a bridge')
        spec, known = robot_spec_from_message(message), self._state.spec
        if known is not None and (difference := known.difference(spec)):
            raise ValueError(f'another robot than this one: {difference}')
        self._state.receive_spec(spec, session=message.bridge_session)

    def _on_actor(self, message: ActorStatus) -> None:
        self._check_run(message, message.actor)
        report = report_from_message(ActorReport, message)
        self._plausibility.check(report)
        self._state.receive_actor(report)
        self._look_for_rivals()
        if self._recorder and self._state.has_begun:
            self._recorder.begin()

    def _on_learner(self, message: LearnerStatus) -> None:
        self._check_run(message, f'a learner (learner_session {message.learner_session})')
        report = report_from_message(LearnerReport, message)
        self._plausibility.check(report)
        known = advice(self._state)
        self._state.receive_learner(report)
        for line in advice(self._state):
            if line not in known:
                self.node.get_logger().warning(line)
        self._look_for_rivals()

    def _on_episode(self, message: Episode) -> None:
        self._check_run(message, message.actor)
        episode = report_from_message(EpisodeReport, message)
        self._plausibility.check(episode)
        if self._state.receive_episode(episode) and self._recorder:
            self._recorder.begin()
            self._recorder.record_episode(episode)

    def _look_for_rivals(self) -> None:
        if rival := duplicate_nodes(self._state):
            is_young = time.monotonic() - self._started < _NEWCOMER
            self._meet_rival(rival, came_second=is_young)

    def _meet_rival(self, rival: str, *, came_second: bool) -> None:
        """End the run that came second to topics on which another one speaks."""
        if self._refusal:
            return
        line = (
            f'{rival}: another run uses the topics of ROS domain'
            f' {os.environ.get("ROS_DOMAIN_ID") or "0"} and namespace {self.node.get_namespace()};'
            ' give one of them namespace:=NAME or another ROS_DOMAIN_ID'
        )
        interrupted_at = self._recorder.interrupted_at if self._recorder else 0.0
        if came_second and time.time() - interrupted_at > _MOMENT:
            self._refusal, self.exit_code = line, EXIT_BAD_CONFIGURATION
            print(f'monitor: error: {line}', file=sys.stderr, flush=True)
        else:
            self.node.get_logger().error(line, **throttled(_LOG_PERIOD))

    def wants_to_end(self) -> bool:
        """Return whether another run was here first; else a monitor runs until it is stopped."""
        return bool(self._refusal)

    def begin_end(self, reason: str) -> None:
        """Wait for the last statuses from now on."""
        self._deadline = time.monotonic() + self._summary_timeout
        if self._recorder:
            self._recorder.refresh('interrupted')

    def has_ended(self) -> bool:
        """Return whether the learner and every actor have said their last, or time is up."""
        publishers = map(self.node.count_publishers, (names.ACTOR_STATUS, names.LEARNER_STATUS))
        if not any(publishers):  # all have gone; what they said last may still be on its way
            self._deadline = min(self._deadline, time.monotonic() + _LAST_WORDS)
        is_over = bool(self._refusal) or time.monotonic() > self._deadline
        return is_over or not awaited(self._state)

    def close(self) -> None:
        """Write what the run leaves."""
        reason = self._refusal or exit_reason(self._state)
        recorded = self._recorder is not None and self._state.has_begun
        run_dir = self._recorder.path if self._recorder and recorded else None
        report = format_report(self._state, reason, run_dir)
        if self._recorder:
            self._recorder.finish(reason)
            self.exit_code = self.exit_code or int(self._recorder.failed)
        self._printer.end(report)


def _curve_writers(settings: MonitorSettings) -> list[CurveWriter]:
    writers: list[CurveWriter] = [TensorBoardFile()] if settings.tensorboard else []
    if settings.wandb != 'off':
        writers.append(
            WandbRun(mode=settings.wandb, project=settings.wandb_project, name=settings.wandb_name)
        )
    return writers


def main(args: Sequence[str] | None = None) -> int:
    """Run the monitor as a process."""
    return run_node('monitor', MonitorNode, args, end_timeout=_LONGEST_END, patience=_PATIENCE)


if __name__ == '__main__':
    sys.exit(main())
