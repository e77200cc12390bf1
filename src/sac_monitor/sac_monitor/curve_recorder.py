# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Hands each record of a run to every writer of curves; one that fails hinders no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sac_monitor.curves import (
    CurveWriter,
    Point,
    points_of_episode,
    points_of_evaluation,
    points_of_metrics,
)
from sac_monitor.records import Record
from sac_monitor.run_state import RunState


class CurveRecorder:
    """Writes curves from the begin of a run to its end.

    :param state: of the run, with what an earlier monitor knew
    :param report_error: told in one line when a writer fails for the first time
    """

    def __init__(
        self,
        state: RunState,
        writers: Sequence[CurveWriter],
        report_error: Callable[[str], None],
    ) -> None:
        self._evaluations = state.evaluations
        self._evaluations.take_ended()  # an earlier monitor has written these
        self._writers = writers
        self._report_error = report_error
        self._failed: set[CurveWriter] = set()
        self._last: Record = {}

    def begin(self, run_dir: Path) -> None:
        """Begin to write."""
        self._each(lambda writer: writer.begin(run_dir))

    def record_metrics(self, record: Record) -> None:
        """Write a line of metrics.jsonl."""
        self._last = record
        self._write(points_of_metrics(record), record['env_steps'], record['time'])
        self._write_evaluations(record['time'])

    def record_episode(self, record: Record) -> None:
        """Write a line of episodes.jsonl."""
        if points := points_of_episode(record):
            self._write(points, record['env_steps'], record['time'])

    def close(self) -> None:
        """Write what is left."""
        if self._last:
            self._write_evaluations(self._last['time'], over=True)
        self._each(lambda writer: writer.close())

    def _write_evaluations(self, time: float, *, over: bool = False) -> None:
        for each in self._evaluations.take_ended(all_of_them=over):
            self._write(points_of_evaluation(each), each.env_steps, time)

    def _write(self, points: Sequence[Point], env_steps: int, time: float) -> None:
        self._each(lambda writer: writer.write(points, env_steps=env_steps, time=time))

    def _each(self, do: Callable[[CurveWriter], None]) -> None:
        for writer in self._writers:
            try:
                do(writer)
            except OSError as error:
                if writer not in self._failed:
                    self._report_error(f'cannot write curves: {error}')
                self._failed.add(writer)
