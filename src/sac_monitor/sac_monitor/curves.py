# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which numbers of a run are drawn as curves over environment steps, and under which names.

Every tool for looking at curves (TensorBoard, Weights & Biases) gets these, from the records that
go into the run's files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sac_monitor.evaluations import Evaluation
from sac_monitor.records import Record


@dataclass(frozen=True)
class Curve:
    """One curve.

    :param name: 'group/name'
    :param about: meaning and unit
    """

    name: str
    about: str


@dataclass(frozen=True)
class Point:
    """A value of a curve."""

    curve: Curve
    value: float


class CurveWriter(Protocol):
    """Takes points as they come. Each method raises OSError where they cannot be kept."""

    def begin(self, run_dir: Path) -> None:
        """Make ready; the directory of the run exists."""
        ...

    def write(self, points: Iterable[Point], *, env_steps: int, time: float) -> None:
        """Add points at an environment step of the run.

        :param time: Unix time [s]
        """
        ...

    def close(self) -> None:
        """Finish what was written."""
        ...


# Field of a line of metrics.jsonl: its curve.
_METRICS = {
    'return_mean': Curve('return/mean', 'mean undiscounted return of the last ten episodes'),
    'episodes': Curve('run/episodes', 'episodes finished'),
    'env_steps_per_second': Curve('run/env_steps_per_second', 'of all actors [1/s]'),
    'wall_s': Curve('run/wall_time', 'since the robot first moved [s]'),
    'critic_loss': Curve(
        'loss/critic', 'half the mean squared TD error, summed over the critics, of the last step'
    ),
    'actor_loss': Curve('loss/actor', 'mean of alpha * log_prob - Q'),
    'temperature_loss': Curve('loss/temperature', 'of the last step'),
    'temperature': Curve('policy/temperature', 'alpha, weight of the entropy'),
    'entropy': Curve('policy/entropy', 'of the policy [nat]'),
    'q_mean': Curve('policy/q_mean', 'mean Q of the critics'),
    'measured_utd': Curve('learner/utd_measured', 'critic updates per transition'),
    'target_utd': Curve('learner/utd_target', 'the ratio that is aimed at'),
    'learner_steps_per_second': Curve('learner/steps_per_second', 'high-UTD steps [1/s]'),
    'learner_steps': Curve('learner/steps', 'high-UTD steps'),
    'steps_owed': Curve('learner/steps_owed', 'high-UTD steps that the learner is behind'),
    'replay_size': Curve('buffer/replay_size', 'transitions in the replay buffer'),
    'queue_length': Curve('buffer/queue_length', 'transitions not acknowledged yet'),
    'transitions_dropped': Curve('buffer/transitions_dropped', 'transitions lost'),
    'weights_age': Curve('weights/age', 'since the weights in use were made [s]'),
    'policy_version': Curve('weights/version_published', 'by the learner'),
    'actor_policy_version': Curve('weights/version_in_use', 'by the actor'),
    'control_rate': Curve('loop/control_rate', 'ticks per second [Hz]'),
    'period_mean': Curve('loop/period_mean', 'time between ticks [s]'),
    'period_p99': Curve('loop/period_p99', '99th percentile of the time between ticks [s]'),
    'period_max': Curve('loop/period_max', 'longest time between two ticks [s]'),
    'lateness_p99': Curve('loop/lateness_p99', '99th percentile of how late ticks began [s]'),
    'latency_mean': Curve('loop/latency_mean', 'from an observation to its command [s]'),
    'latency_p99': Curve('loop/latency_p99', '99th percentile of the same [s]'),
    'overruns': Curve('loop/overruns', 'ticks that were missed'),
    'stale_ticks': Curve('loop/stale_ticks', 'ticks without a fresh observation'),
    'filtered_actions': Curve('safety/filtered_actions', 'that the safety filter changed'),
    'stops': Curve('safety/stops', 'times that a watchdog stopped the robot'),
    'intervened_steps': Curve('safety/intervened_steps', 'in which a person drove'),
}
# The same of a line of episodes.jsonl.
_EPISODE = {
    'episode_return': Curve('return/episode', 'undiscounted return of each episode'),
    'length': Curve('episode/length', 'steps'),
    'success': Curve('episode/success', '1: the task was achieved'),
    'terminated': Curve('episode/terminated', "1: ended by the task's own rule"),
}
_EVALUATION = {
    'return_mean': Curve('evaluation/return_mean', 'of its episodes, by the mean action'),
    'return_std': Curve('evaluation/return_std', 'standard deviation over its episodes'),
    'success_rate': Curve('evaluation/success_rate', 'share of its episodes'),
    'episodes': Curve('evaluation/episodes', 'how many it had'),
}


def points_of_metrics(record: Record) -> list[Point]:
    """Take the points out of a line of metrics.jsonl."""
    return _points(_METRICS, record)


def points_of_episode(record: Record) -> list[Point]:
    """Take the points out of a line of episodes.jsonl; an evaluation is one as a whole."""
    return [] if record['evaluation'] else _points(_EPISODE, record)


def points_of_evaluation(evaluation: Evaluation) -> list[Point]:
    """Take the points out of a whole evaluation."""
    return _points(_EVALUATION, {name: getattr(evaluation, name) for name in _EVALUATION})


def _points(curves: Mapping[str, Curve], record: Record) -> list[Point]:
    return [
        Point(curve, float(record[name]))
        for name, curve in curves.items()
        if record.get(name) is not None
    ]
