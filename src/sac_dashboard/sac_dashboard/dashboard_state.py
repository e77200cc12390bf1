# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the page shows: the run now, and its history. Fed by one thread and read by another."""

from __future__ import annotations

from collections.abc import Callable
import math
from pathlib import Path
import threading
import time
from typing import Any

from sac_core.metrics import METRICS
from sac_core.reported_metrics import MOST_METRICS, row_of
from sac_core.spaces import RobotSpec
from sac_core.states import ActorState, LearnerState, StopCode
from sac_dashboard.charts import charts, columns, unlisted
from sac_dashboard.diagnostics import Diagnostic, Diagnostics
from sac_dashboard.earlier_records import EarlierRecords
from sac_dashboard.history import History
from sac_monitor.condition import advice, awaited, restarts, short_name, waiting, warnings_of
from sac_monitor.records import metrics_record, status_record
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport
from sac_monitor.run_state import RunState

# Names as in metrics.jsonl, so that a run's records and what is heard live make one curve.
_EPISODE_COLUMNS = ('env_steps', 'episode_return', 'return_mean')
_MOST_EVALUATIONS = 300
_GOOD = (ActorState.RUNNING, ActorState.EVALUATING, LearnerState.TRAINING)
_BAD = (ActorState.HOLDING, ActorState.STOPPED)
_PAUSED = (ActorState.PAUSED, LearnerState.PAUSED)

Counts = tuple[int, int]  # rows of metrics and of episodes that a reader has


class DashboardState:
    """The run as far as it is known.

    :param run_name: a reader knows it by
    :param namespace: of the run's nodes, as 'some/namespace'
    :param clock: monotonic time [s]
    """

    def __init__(
        self,
        *,
        run_name: str = '',
        namespace: str = '',
        actors: int = 1,
        max_env_steps: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = threading.Lock()  # held for microseconds, and by no control loop
        self._run_name = run_name
        self._run = RunState(actors=actors, max_env_steps=max_env_steps, clock=clock)
        self._metrics = History(columns())
        self._episodes = History({name: METRICS[name].over_time for name in _EPISODE_COLUMNS})
        self._most_columns = len(self._metrics.columns) + MOST_METRICS
        self._diagnostics = Diagnostics(namespace, clock)
        self._emergency_stop: bool | None = None  # None: not known yet

    def restore(self, earlier: EarlierRecords) -> None:
        """Begin with the history that a run's records tell."""
        with self._lock:
            for record in earlier.metrics():
                self._append(record)
            for episode, env_steps in earlier.episodes():
                self._run.restore(episodes=[(episode, env_steps)])
                self._note_episode(episode, env_steps)
            self._run.restore(**earlier.summary())

    def receive_spec(self, spec: RobotSpec, session: int) -> None:
        """Take a robot's description."""
        with self._lock:
            self._run.receive_spec(spec, session=session)

    def receive_actor(self, report: ActorReport) -> None:
        """Take the status of an actor."""
        with self._lock:
            self._run.receive_actor(report)

    def receive_learner(self, report: LearnerReport) -> None:
        """Take the status of the learner."""
        with self._lock:
            self._run.receive_learner(report)

    def receive_episode(self, episode: EpisodeReport) -> None:
        """Take a finished episode, as often as it comes."""
        with self._lock:
            if self._run.receive_episode(episode):
                self._note_episode(episode, self._run.env_steps_at(episode))

    def receive_diagnostic(self, status: Diagnostic) -> None:
        """Take what a part of a node says.

        :raises ValueError: where it cannot be
        """
        with self._lock:
            self._diagnostics.receive(status)

    def receive_emergency_stop(self, pressed: bool) -> None:
        """Take what was last said on the topic."""
        with self._lock:
            self._emergency_stop = pressed

    def record(self) -> None:
        """Add a point to the curves, once a robot has been driven."""
        with self._lock:
            if self._run.has_begun:
                self._append(metrics_record(self._run, time.time()))

    def awaits_last_status(self) -> bool:
        """Return whether a node that is still heard has not said its last."""
        with self._lock:
            return bool(awaited(self._run))

    def snapshot(self) -> tuple[dict[str, Any], Counts]:
        """Return all that a page needs when it is opened, and the rows it has then."""
        with self._lock:
            content = {
                'charts': charts(self._metrics.columns),
                'metrics': self._metrics.snapshot(),
                'episodes': self._episodes.snapshot(),
                'now': self._now(),
            }
            return content, (self._metrics.count, self._episodes.count)

    def update(self, known: Counts) -> tuple[dict[str, Any] | None, Counts]:
        """Return what is new for a page, None where it lags so far that it must begin again.

        :param known: what the call before returned
        """
        with self._lock:
            metrics, episodes = self._metrics.since(known[0]), self._episodes.since(known[1])
            counts = (self._metrics.count, self._episodes.count)
            if metrics is None or episodes is None:
                return None, known
            return {'metrics': metrics, 'episodes': episodes, 'now': self._now()}, counts

    def _append(self, record: dict[str, Any]) -> None:
        """Add a row; what an algorithm reports beyond the table of metrics gets a column."""
        room = self._most_columns - len(self._metrics.columns)
        for name in unlisted(record, self._metrics.columns)[: max(0, room)]:
            self._metrics.add_column(name, row_of(name).over_time)
        self._metrics.append(record)

    def _note_episode(self, episode: EpisodeReport, env_steps: int) -> None:
        if not episode.evaluation:
            row = {'env_steps': env_steps, 'return_mean': self._run.return_mean}
            self._episodes.append(row | {'episode_return': episode.episode_return})

    def _now(self) -> dict[str, Any]:
        run = self._run
        content = {
            'run': self._run_name,
            'env_id': run.spec.env_id if run.spec else None,
            'period': run.spec.step_duration if run.spec else None,
            'wall_s': run.wall_s,
            'env_steps': run.env_steps,
            'max_env_steps': run.max_env_steps,
            'episodes': run.episodes,
            'return_mean': run.return_mean,
            'env_steps_per_second': run.env_steps_per_second,
            'evaluations': [
                [each.env_steps, each.return_mean, each.return_std, each.episodes]
                for each in run.evaluations.all[-_MOST_EVALUATIONS:]
            ],
            'waiting': waiting(run),
            'troubles': warnings_of(run),
            'advice': advice(run),
            'restarts': {name: count for name, count in restarts(run).items() if count},
            'emergency_stop': self._is_stopped(),
            'actors': [self._heard(report) for report in run.actors()],
            'learner': self._heard(run.learner) if run.learner else None,
            'nodes': self._diagnostics.nodes(),
            'diagnostics': self._diagnostics.listing(),
        }
        return {name: _for_json(value) for name, value in content.items()}

    def _heard(self, report: ActorReport | LearnerReport) -> dict[str, Any]:
        """Describe a node's last status; sessions are numbers that JavaScript would round."""
        record = status_record(report)
        fields = {name: value for name, value in record.items() if 'session' not in name}
        return fields | {
            'name': short_name(report),
            'silence': self._run.silence(report),
            'tone': _tone(report.state),
            'is_held': report.state == ActorState.HOLDING,
            'is_paused': report.state in _PAUSED,
        }

    def _is_stopped(self) -> bool:
        """Return whether the emergency stop is pressed, also where only the actors know."""
        if self._emergency_stop is not None:
            return self._emergency_stop
        return any(report.stop_code == StopCode.EMERGENCY for report in self._run.active())


def _tone(state: str) -> str:
    """Say how a state looks to a person who watches: good, warn or bad."""
    if state in _BAD:
        return 'bad'
    return 'good' if state in _GOOD else 'warn'


def run_name(run_dir: str) -> str:
    """Name a run as a reader would."""
    return Path(run_dir).name if run_dir else ''


def _for_json(value: Any) -> Any:
    """Replace numbers that JSON does not know by None."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _for_json(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_for_json(each) for each in value]
    return value
