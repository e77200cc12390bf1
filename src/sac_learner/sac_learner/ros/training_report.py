# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tells people on /diagnostics how the training goes, and what did not arrive as it should."""

from __future__ import annotations

from rclpy.node import Node
from sac_core.diagnostics import Level, Status
from sac_core.metric import Source
from sac_core.reported_metrics import values_of
from sac_core.ros.diagnostics import DiagnosticsPublisher
from sac_interfaces import msg
from sac_learner.config import SacConfig

# Times its first value; a temperature above that is no weight of the entropy any more.
_RUNAWAY = 1e4


class TrainingReport:
    """Judges each status of the learner by the one before."""

    def __init__(self, node: Node, config: SacConfig, *, max_debt_steps: int) -> None:
        self._logger = node.get_logger()
        self._diagnostics = DiagnosticsPublisher(node)
        self._config = config
        self._max_debt_steps = max_debt_steps
        self._told_temperature = False
        self._last = msg.LearnerStatus()

    def publish(self, status: msg.LearnerStatus, inputs: Status) -> None:
        """Publish what a status says, as 'learner: training' and 'learner: storage'.

        :param inputs: what was refused
        """
        behind = status.steps_owed >= self._max_debt_steps
        warning = self._runaway(status) or 'too slow: updates are given up' * behind
        state = f'{status.state}: {status.waiting_for}' if status.waiting_for else status.state
        self._diagnostics.publish(
            _part('training', {'device': status.device}, status, warning, state),
            _part('storage', {}, status, self._trouble(status), 'all arrives'),
            inputs,
        )
        self._last = status

    def _runaway(self, status: msg.LearnerStatus) -> str:
        """Say that the temperature grows without end; in the log as well, once."""
        largest = _RUNAWAY * max(1.0, self._config.init_temperature)
        if not status.temperature > largest:  # nor where it is no number: that ends the training
            return ''
        line = (
            f'the temperature has grown to {status.temperature:.3g}, and reward counts for little:'
            f' the entropy, {status.entropy:.3g}, stays below its target; lower'
            f' target_entropy_per_dim ({self._config.target_entropy_per_dim:g})'
            f' or temperature_lr ({self._config.temperature_lr:g})'
        )
        if not self._told_temperature:
            self._told_temperature = True
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
