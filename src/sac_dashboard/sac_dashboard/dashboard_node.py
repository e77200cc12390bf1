# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""ROS node that hears a run, shows it in a browser and carries an operator's requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
import sys
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sac_core.belonging import check_run
from sac_core.message_validation import robot_spec_from_message
from sac_core.ros import names, qos
from sac_core.ros.checked_subscriptions import CheckedSubscriptions
from sac_core.ros.checks import LONGEST_TEXT
from sac_core.ros.parameters import declare_settings, refuse_unknown_overrides
from sac_core.ros.run import run_node
from sac_core.ros.run_id import declare_run_id
from sac_core.ros.timers import create_timer
from sac_dashboard.commands import ACTOR
from sac_dashboard.dashboard_state import DashboardState, run_name
from sac_dashboard.diagnostics import Diagnostic
from sac_dashboard.earlier_records import EarlierRecords
from sac_dashboard.ros.operator import Operator
from sac_dashboard.settings import DashboardSettings
from sac_dashboard.web_app import WebApp
from sac_dashboard.web_server import choose_token, WebServer
from sac_interfaces.msg import ActorStatus, EnvSpec, Episode, LearnerStatus
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport, report_from_message
from sac_monitor.sanity_check import SanityCheck

_MOST_ACTORS = 32  # whose services are looked for
_PATIENCE = 0.2  # until a signal is seen [s]
_LAST_STATUSES = 5.0  # longest wait for them at the end of the run [s]
# Several nodes speak at once; one message lost is made good by the next.
_DIAGNOSTICS_QOS = QoSProfile(depth=50)


class DashboardNode:
    """Feeds the state from topics, and the run with commands from the page.

    :param node_options: for rclpy's Node, such as a context of its own
    :raises ValueError: for a bad parameter
    """

    def __init__(self, **node_options: Any) -> None:
        self.node = Node('dashboard', **node_options)
        self.exit_code = 0
        self._deadline = 0.0
        self._run_id = declare_run_id(self.node)
        settings = declare_settings(self.node, DashboardSettings)
        refuse_unknown_overrides(self.node)
        self._state = DashboardState(
            run_name=run_name(settings.run_dir),
            namespace=self.node.get_namespace().strip('/'),
            actors=settings.actors,
            max_env_steps=settings.max_env_steps,
        )
        if settings.run_dir:
            self._state.restore(EarlierRecords(Path(settings.run_dir).expanduser()))
        self._actors: set[str] = set()
        self._plausibility = SanityCheck()
        self._operator = Operator(
            self.node, self._actors.__contains__, self._state.receive_emergency_stop
        )
        self.server = WebServer(
            WebApp(self._state, self._operator.submit, update_period=settings.update_period),
            host=settings.host,
            port=settings.port,
            token=choose_token(settings.host, settings.token_file),
        )
        self._subscribe()
        create_timer(self.node, settings.record_period, self._state.record)
        self.server.start()
        # Not in the log, which is kept: the link may hold the token.
        print(f'the run in a browser: {self.server.link}', flush=True)

    def _subscribe(self) -> None:
        inbox = CheckedSubscriptions(self.node)
        subscriptions: tuple[tuple[Any, str, Callable[[Any], None], QoSProfile], ...] = (
            (EnvSpec, names.ENV_SPEC, self._on_env_spec, qos.qos_profile_env_spec),
            (ActorStatus, names.ACTOR_STATUS, self._on_actor, qos.qos_profile_status),
            (LearnerStatus, names.LEARNER_STATUS, self._on_learner, qos.qos_profile_status),
            (Episode, names.EPISODE, self._on_episode, qos.qos_profile_episode),
            (DiagnosticArray, names.DIAGNOSTICS, self._on_diagnostics, _DIAGNOSTICS_QOS),
        )
        for each in subscriptions:
            inbox.subscribe(*each)

    def _check_run(self, message: Any, sender: str) -> None:
        if self._run_id:  # a page that was opened by hand shows all that is there
            check_run(self._run_id, message.run_id, sender)

    def _on_env_spec(self, message: EnvSpec) -> None:
        self._check_run(message, message.process or 'a bridge')
        self._state.receive_spec(robot_spec_from_message(message), message.bridge_session)

    def _on_actor(self, message: ActorStatus) -> None:
        self._check_run(message, message.actor)
        report = report_from_message(ActorReport, message)
        self._plausibility.check(report)
        if report.actor not in self._actors and len(self._actors) < _MOST_ACTORS:
            self._operator.prepare(ACTOR, report.actor)
            self._actors.add(report.actor)
        self._state.receive_actor(report)

    def _on_learner(self, message: LearnerStatus) -> None:
        self._check_run(message, 'a learner')
        report = report_from_message(LearnerReport, message)
        self._plausibility.check(report)
        self._state.receive_learner(report)

    def _on_episode(self, message: Episode) -> None:
        self._check_run(message, message.actor)
        episode = report_from_message(EpisodeReport, message)
        self._plausibility.check(episode)
        self._state.receive_episode(episode)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for each in message.status:
            self._state.receive_diagnostic(_diagnostic(each))

    def wants_to_end(self) -> bool:
        """Return whether the server has failed; else the page stays until the run is over."""
        if self.server.has_ended():
            self.exit_code = 1
        return self.exit_code != 0

    def begin_end(self, reason: str) -> None:
        """Wait a little for the nodes' last statuses, so that the page ends with them."""
        self._deadline = time.monotonic() + _LAST_STATUSES

    def has_ended(self) -> bool:
        """Return whether the pages know how the run ended."""
        publishers = map(self.node.count_publishers, (names.ACTOR_STATUS, names.LEARNER_STATUS))
        if not (self._state.awaits_last_status() and any(publishers)) or (
            time.monotonic() > self._deadline
        ):
            self.server.end()
        return self.server.has_ended()

    def close(self) -> None:
        """Free the port."""
        self.server.close()


def _diagnostic(message: DiagnosticStatus) -> Diagnostic:
    """Read a status; the driver of a robot may put line feeds and long reports into it."""
    values = [(_plain(each.key), _plain(each.value)) for each in message.values]
    return Diagnostic(_plain(message.name), message.level[0], _plain(message.message), values)


def _plain(text: str) -> str:
    return ''.join(each if each.isprintable() else ' ' for each in text[:LONGEST_TEXT])


def main(args: Sequence[str] | None = None) -> int:
    """Run the dashboard as a process."""
    return run_node('dashboard', DashboardNode, args, patience=_PATIENCE)


if __name__ == '__main__':
    sys.exit(main())
