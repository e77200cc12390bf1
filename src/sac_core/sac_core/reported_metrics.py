# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics that travel as names and values in a status: all that have no field there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
import math
import re
from typing import Any

from sac_core.metric import Metric, Source
from sac_core.metrics import METRICS, rows_of

MOST_METRICS = 64  # by name, of one status
_NAME = re.compile(r'[a-z][a-z0-9_]{0,39}')
# Keys that stand beside the metrics in records and in what the dashboard sends.
_OTHER_KEYS = frozenset(
    'time state waiting_for device exit_reason final metrics learner_session'
    ' name silence tone is_held is_paused'.split()
)


def row_of(name: str) -> Metric:
    """Give the row of a metric; one that the table does not have is shown under its own name."""
    return METRICS.get(name) or Metric(
        name,
        'reported by the algorithm',
        Source.ALGORITHM,
        'algorithm',
        over_time='mean',
        curve=name,
        part='training',
        panel=name,
        label=name,
    )


def check_names(names: Collection[str], sender: Source) -> None:
    """Check that the metrics of a learner or an actor have names that nothing else has.

    :param sender: LEARNER, whose algorithm may report what the table does not have, or ACTOR
    :raises ValueError: naming the metric
    """
    if len(names) > MOST_METRICS:
        raise ValueError(f'a status may have {MOST_METRICS} metrics by name, got {len(names)}')
    for name in names:
        row = METRICS.get(name)
        if row is None:
            _check_unlisted(name, sender)
        elif not _comes_by_name(row, sender):
            raise ValueError(f'metric {name} must have a name that nothing else has')


def _comes_by_name(row: Metric, sender: Source) -> bool:
    if row.source is Source.ALGORITHM:
        return sender is Source.LEARNER
    return row.source is sender and not row.has_field


def _check_unlisted(name: str, sender: Source) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"a metric's name must be up to 40 lower-case letters, digits and _, got {name[:80]!r}"
        )
    if name in _OTHER_KEYS or any(row.field == name for row in rows_of(Source.LEARNER)):
        raise ValueError(f'metric {name} must have a name that nothing else has')
    if sender is not Source.LEARNER:
        raise ValueError(f'metric {name} must have a row in sac_core.metrics')


def fill_metrics(status: Any, metrics: Mapping[str, float], sender: Source) -> None:
    """Put metrics into a status, those of an algorithm also into the fields that it has for them.

    :raises ValueError: for a name that something else has
    """
    check_names(metrics, sender)
    status.metric_names = list(metrics)
    status.metric_values = [float(value) for value in metrics.values()]
    if sender is Source.LEARNER:
        for row in rows_of(Source.ALGORITHM):
            if row.has_field:
                setattr(status, row.field, float(metrics.get(row.name, math.nan)))


def metrics_from(status: Any, sender: Source) -> dict[str, float]:
    """Read the metrics by name from a status that came over the network.

    :return: values as written with the seven digits of a float32: 0.1 and not 0.10000000149
    :raises ValueError: where names and values do not belong together, or a name is taken
    """
    names, values = status.metric_names, status.metric_values
    if len(names) != len(values):
        raise ValueError(
            f'metric_values must be as many as metric_names, {len(names)}, got {len(values)}'
        )
    check_names(names, sender)
    return {name: float(f'{value:.7g}') for name, value in zip(names, values, strict=True)}


def values_of(status: Any, sender: Source, part: str) -> dict[str, object]:
    """Read from a status what belongs to a part of its node on /diagnostics."""
    rows = (row for row in rows_of(sender) if row.part == part and row.has_field)
    metrics = metrics_from(status, sender)
    own = {name: value for name, value in metrics.items() if row_of(name).part == part}
    return {row.field: getattr(status, row.field) for row in rows} | own
