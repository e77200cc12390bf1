# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The metrics that are drawn as curves over environment steps, under their names there.

Every tool for looking at curves (TensorBoard, Weights & Biases) gets these, from the records that
go into the run's files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sac_core.metric import Metric, Source
from sac_core.metrics import rows_of
from sac_core.reported_metrics import row_of
from sac_monitor.evaluations import EvaluationSummary
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


def points_of_metrics(record: Record) -> list[Point]:
    """Take the points out of a line of metrics.jsonl."""
    rows = ((row_of(name), value) for name, value in record.items() if name != 'time')
    return [_point(row, value) for row, value in rows if row.curve and value is not None]


def points_of_episode(record: Record) -> list[Point]:
    """Take the points out of a line of episodes.jsonl; an evaluation is one as a whole."""
    if record['evaluation']:
        return []
    rows = ((row, record.get(row.field)) for row in rows_of(Source.EPISODE) if row.curve)
    return [_point(row, value) for row, value in rows if value is not None]


def points_of_evaluation(evaluation: EvaluationSummary) -> list[Point]:
    """Take the points out of a whole evaluation."""
    rows = rows_of(Source.EVALUATION)
    return [_point(row, getattr(evaluation, row.field)) for row in rows if row.curve]


def _point(row: Metric, value: float) -> Point:
    about = f'{row.about} [{row.unit}]' if row.unit else row.about
    return Point(Curve(f'{row.group}/{row.curve}', about), float(value))
