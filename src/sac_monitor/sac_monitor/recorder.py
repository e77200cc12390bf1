# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Records a run in its directory, from its first sign of life to its end.

What cannot be written is reported, once, and tried again with the next record; the run continues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
import os
from pathlib import Path
import threading
import time
from typing import Any

from sac_monitor.curve_recorder import CurveRecorder
from sac_monitor.curves import CurveWriter
from sac_monitor.records import (
    episode_from_record,
    episode_record,
    metrics_record,
    state_from_summary,
    summary_record,
)
from sac_monitor.reports import EpisodeReport
from sac_monitor.run_directory import (
    EPISODES,
    read_config,
    read_lines,
    read_summary,
    RunDirectory,
)
from sac_monitor.run_state import RunState

_RUNNING = 'running'
_DRAWING_NICENESS = 10  # a picture may wait for whoever needs the processor
_DRAWING_SHARE = 0.02  # of the time that may go into drawing


class RunRecorder:
    """Writes what `state` knows. The directory is made when the run begins.

    :param plot_period: between two drawings of the learning curve [s]
    :param report_error: told in one line when recording failed
    :param curve_writers: that shall have the same in curves
    :param clock: monotonic time [s]
    :param wall_clock: Unix time [s]
    :raises ValueError: where the directory cannot serve, see RunDirectory
    """

    def __init__(
        self,
        state: RunState,
        run_dir: Path,
        *,
        resume: bool,
        plot_period: float,
        report_error: Callable[[str], None],
        curve_writers: Sequence[CurveWriter] = (),
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = run_dir
        self.failed = False  # something could not be written
        self._state = state
        self._directory = RunDirectory(run_dir, resume=resume)
        self._parameters = read_config(run_dir)  # of the nodes, as far as they have told
        self._begun = False
        self._plot_period = plot_period
        self._report_error = report_error
        self._clock = clock
        self._wall_clock = wall_clock
        self._drawer = ThreadPoolExecutor(1, 'learning_curve', initializer=_stand_back)
        self.drawing: Future[float] | None = None
        self._next_drawing = clock() + plot_period
        self.interrupted_at = 0.0  # Unix time of the last record of an earlier monitor [s]
        if self._directory.holds_records:
            self._restore()
        self._curves = CurveRecorder(state, curve_writers, report_error)

    def _restore(self) -> None:
        episodes = []
        for record in read_lines(self.path / EPISODES):
            try:
                episodes.append(episode_from_record(record))
            except ValueError as error:
                self._report_error(f'{self.path / EPISODES}: {error}: left out')
        earlier: dict[str, Any] = {}
        try:
            if summary := read_summary(self.path):
                earlier = state_from_summary(summary)
                self.interrupted_at = float(summary.get('time') or 0.0)
        except ValueError as error:
            self._report_error(f'{error}: counted anew from the episodes and what comes')
        self._state.restore(episodes=episodes, **earlier)

    def begin(self) -> None:
        """Make the directory, unless it was made before."""
        if not self._begun:
            self._try(self._begin)

    def _begin(self) -> None:
        self._directory.create()
        self._begun = True
        self._directory.write_config(self._parameters)
        self._write_summary(_RUNNING)
        self._curves.begin(self.path)

    def record_parameters(self, node: str, parameters: dict[str, Any]) -> None:
        """Keep the parameters of a node, by its fully qualified name."""
        self._parameters[node] = parameters
        if self._begun:
            self._try(lambda: self._directory.write_config(self._parameters))

    def record_change(self, node: str, name: str, value: Any) -> None:
        """Record that a parameter of a node of this run has another value from now on."""
        before = self._parameters.get(node, {}).get(name, value)
        if before == value or not self._begun:
            return
        record = {
            'time': round(self._wall_clock(), 3),
            'wall_s': round(self._state.wall_s, 3),
            'env_steps': self._state.env_steps,
            'node': node,
            'name': name,
            'before': before,
            'value': value,
        }
        self._try(lambda: self._directory.append_change(record))
        self.record_parameters(node, {**self._parameters[node], name: value})

    def record_episode(self, episode: EpisodeReport) -> None:
        """Record an episode that the state has received."""
        if self._begun:
            record = episode_record(episode, self._state, self._wall_clock())
            self._try(lambda: self._directory.append_episode(record))
            self._curves.record_episode(record)

    def record_metrics(self) -> None:
        """Record the state as it is now."""
        if self._begun:
            record = metrics_record(self._state, self._wall_clock())
            self._try(lambda: self._directory.append_metrics(record))
            self._curves.record_metrics(record)

    def refresh(self, exit_reason: str = _RUNNING) -> None:
        """Bring the summary up to date, and the learning curve when it is time to."""
        if not self._begun:
            return
        self._try(lambda: self._write_summary(exit_reason))
        drawn = self.drawing is None or self.drawing.done()
        if drawn and self._clock() >= self._next_drawing:
            self._try(self._check_drawing)
            self.drawing = self._drawer.submit(self._draw)

    def finish(self, exit_reason: str) -> None:
        """Write everything for the last time, also what there was no room for before."""
        self._drawer.shutdown(wait=True)
        self.failed = False  # what counts is whether all is written in the end
        if self._begun:
            self.record_metrics()
            self._try(lambda: self._write_summary(exit_reason))
            self._try(self._draw)
            self._curves.close()
        self._try(self._directory.close)

    def _write_summary(self, exit_reason: str) -> None:
        self._directory.write_summary(
            summary_record(
                self._state,
                exit_reason=exit_reason,
                parameters=self._parameters,
                time=self._wall_clock(),
            )
        )

    def _draw(self) -> float:
        # Imported here: it takes a second, which a monitor that records nothing need not wait.
        from sac_monitor.learning_curve import draw_learning_curve

        began = self._clock()
        draw_learning_curve(self.path)
        return self._clock() - began

    def _check_drawing(self) -> None:
        """Plan the next drawing by how long the last one took, and raise what it raised."""
        self._next_drawing = self._clock() + self._plot_period
        if self.drawing:
            self._next_drawing += self.drawing.result() / _DRAWING_SHARE

    def _try(self, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError as error:
            if not self.failed:
                self._report_error(f'cannot write the records in {self.path}: {error}')
            self.failed = True


def _stand_back() -> None:
    """Let the calling thread, and no other one, leave the processor to others."""
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _DRAWING_NICENESS)
    except OSError:  # without it, it draws at the priority of the others
        pass
