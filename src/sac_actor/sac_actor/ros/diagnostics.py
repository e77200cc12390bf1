# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the actor shows on /diagnostics: its loop, policy, transitions, safety, watchdogs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rclpy.node import Node
from sac_actor.config import ActorSettings
from sac_actor.watchdogs.watchdog import Watchdog
from sac_core.diagnostics import Level, Status
from sac_core.metric import Source
from sac_core.reported_metrics import values_of
from sac_core.ros.diagnostics import DiagnosticsPublisher
from sac_core.sender_thread import SenderThread
from sac_interfaces import msg

_AT_REST = (msg.ActorStatus.STATE_HOLDING, msg.ActorStatus.STATE_STOPPED)


class ActorDiagnostics:
    """Judges a status of the actor, part by part, and publishes that."""

    def __init__(self, node: Node, settings: ActorSettings, sender: SenderThread) -> None:
        self._publisher = DiagnosticsPublisher(node, sender=sender)
        self._settings = settings
        self._last = msg.ActorStatus()

    def publish(
        self,
        status: msg.ActorStatus,
        *,
        watchdogs: Iterable[Watchdog],
        delivery_warning: str,
        traffic: Sequence[Status],
    ) -> None:
        """Publish what a status says.

        :param delivery_warning: why transitions may get lost; else empty
        :param traffic: what was refused, and what could not be sent
        """
        self._publisher.publish(
            _part('control loop', status, self._late(status), status.state),
            _part('policy', status, self._refused(status), f'v{status.policy_version}'),
            _part(
                'transitions', status, delivery_warning, f'{status.queue_length} wait to be stored'
            ),
            _part('safety', status, self._interventions(status), status.state),
            *traffic,
            *_watchdog_statuses(watchdogs),
        )
        self._last = status

    def _late(self, status: msg.ActorStatus) -> str:
        rate, settings = self._settings.control_rate, self._settings
        if status.waiting_for:
            return ''
        if refused := status.refused_observations - self._last.refused_observations:
            return f'{refused} observations refused'
        if not rate:
            return ''
        if missed := status.overruns - self._last.overruns:
            return f'{missed} ticks missed'
        if status.lateness_p99 > settings.warn_lateness:
            return f'ticks begin late: p99 {status.lateness_p99 * 1e3:.1f} ms'
        if status.period_p99 * rate > settings.warn_period:
            return f'uneven periods: p99 {status.period_p99 * 1e3:.1f} ms'
        return ''

    def _refused(self, status: msg.ActorStatus) -> str:
        refused = status.rejected_weights - self._last.rejected_weights
        return f'{refused} policies refused' if refused else ''

    def _interventions(self, status: msg.ActorStatus) -> str:
        if status.state in _AT_REST:
            return status.stop_reason
        wild = status.not_finite_actions - self._last.not_finite_actions
        return f'{wild} actions were not finite' if wild else ''


def _part(part: str, status: msg.ActorStatus, warning: str, message: str) -> Status:
    values = values_of(status, Source.ACTOR, part)
    if part == 'safety':
        values['stop_reason'] = status.stop_reason
    return Status(part, warning or message, Level.WARN if warning else Level.OK, values)


def _watchdog_statuses(watchdogs: Iterable[Watchdog]) -> Iterator[Status]:
    for each in watchdogs:
        level = Level.ERROR if each.stops else Level.WARN
        yield Status(
            f'watchdog {each.name}',
            each.fault or 'watching',
            level if each.fault else Level.OK,
            {
                'reaction': 'stops the robot' if each.stops else 'warns',
                'trips': each.trips,
                'last_fault': each.last_fault,
            },
        )
