# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tells people on /diagnostics how the training goes, and what did not arrive as it should."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rclpy.node import Node
from sac_core.diagnostics import Level, Status
from sac_core.metric import Source
from sac_core.reported_metrics import metrics_from, values_of
from sac_core.ros.diagnostics import DiagnosticsPublisher
from sac_interfaces import msg


class TrainingReport:
    """Judges each status of the learner by the one before.

    :param warning: says what is wrong with the metrics of the algorithm; empty where all is well
    """

    def __init__(
        self,
        node: Node,
        warning: Callable[[Mapping[str, float]], str],
        *,
        max_debt_steps: int,
    ) -> None:
        self._logger = node.get_logger()
        self._diagnostics = DiagnosticsPublisher(node)
        self._warning = warning
        self._max_debt_steps = max_debt_steps
        self._told_warning = False
        self._last = msg.LearnerStatus()

    def publish(self, status: msg.LearnerStatus, inputs: Status) -> None:
        """Publish what a status says, as 'learner: training' and 'learner: storage'.

        :param inputs: what was refused
        """
        behind = status.steps_owed >= self._max_debt_steps
        warning = self._told(status) or 'too slow: updates are given up' * behind
        state = f'{status.state}: {status.waiting_for}' if status.waiting_for else status.state
        self._diagnostics.publish(
            _part('training', {'device': status.device}, status, warning, state),
            _part('storage', {}, status, self._trouble(status), 'all arrives'),
            inputs,
        )
        self._last = status

    def _told(self, status: msg.LearnerStatus) -> str:
        """Return what the algorithm finds wrong with its metrics; in the log as well, once."""
        line = self._warning(metrics_from(status, Source.LEARNER))
        if line and not self._told_warning:
            self._told_warning = True
            self._logger.warning(line)
        return line

    def _trouble(self, status: msg.LearnerStatus) -> str:
        if lost := status.lost - self._last.lost:
            return f'{lost} transitions are lost for good'
        if rejected := status.rejected_batches - self._last.rejected_batches:
            return f'{rejected} batches refused'
        return ''


def _part(
    part: str, more: dict[str, object], status: msg.LearnerStatus, warning: str, message: str
) -> Status:
    values = more | values_of(status, Source.LEARNER, part)
    return Status(part, warning or message, Level.WARN if warning else Level.OK, values)
