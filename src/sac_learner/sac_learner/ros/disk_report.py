# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tells people what the learner's disk does: on /diagnostics, and in the log where it is wrong."""

from __future__ import annotations

from rclpy.node import Node
from sac_core.diagnostics import Level, Status
from sac_core.ros.diagnostics import DiagnosticsPublisher
from sac_core.ros.timers import throttled
from sac_learner.learner_state import LearnerStats

_LOG_PERIOD = 5.0  # [s] between repeated warnings


class DiskReport:
    """Publishes the state of replay and checkpoints, named 'learner: disk'."""

    def __init__(self, node: Node) -> None:
        self._logger = node.get_logger()
        self._diagnostics = DiagnosticsPublisher(node)
        self._checkpoint_problem = ''

    def note_checkpoint(self, line: str, is_error: bool) -> None:
        """Take the line of the checkpoint writer."""
        self._checkpoint_problem = line if is_error else ''
        if is_error:
            self._logger.error(line)
        else:
            self._logger.debug(line)

    def warn(self, line: str) -> None:
        """Take a line about what was found damaged, or will take much room."""
        self._logger.warning(line)

    def publish(self, stats: LearnerStats, problem: str) -> None:
        """Publish the state.

        :param problem: of the replay, empty where all is well
        """
        if problem:
            self._logger.error(
                f'{stats.unsaved} transitions are in memory only: {problem}; training continues,'
                ' and their actors keep them'
                if stats.unsaved
                else f'transitions may not survive a power cut: {problem}',
                **throttled(_LOG_PERIOD),
            )
        trouble = problem or self._checkpoint_problem
        self._diagnostics.publish(
            Status(
                'disk',
                trouble or 'all is saved',
                Level.WARN if trouble else Level.OK,
                {'unsaved': stats.unsaved, 'damaged': stats.damaged},
            )
        )
