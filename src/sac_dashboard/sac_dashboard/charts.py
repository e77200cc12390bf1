# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which charts over time the page has, from the table of metrics.

The page is told them with the history. A metric whose panel is not listed here gets a chart of its
own, after the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sac_core.metric import Metric
from sac_core.metrics import METRICS
from sac_core.reported_metrics import row_of

# What every row of the history has, beside the metrics of the charts.
_PLACES = ('wall_s', 'env_steps')


@dataclass(frozen=True)
class Panel:
    """How a chart shows its metrics.

    :param unit: in its title; empty: none
    :param factor: from the metrics' unit to that
    """

    title: str
    unit: str = ''
    factor: float = 1.0


PANELS = (
    Panel('Critic loss'),
    Panel('Actor loss and value'),
    Panel('Temperature'),
    Panel('Entropy', 'nat'),
    Panel('Period of the loop', 'ms', 1e3),
    Panel('Lateness of ticks', 'ms', 1e3),
    Panel('Missed ticks, in all'),
    Panel('Age of the policy', 's'),
    Panel('Updates per step'),
    Panel('Steps per second', '1/s'),
    Panel('Waiting for the learner'),
    Panel('Replay buffer'),
)


def columns() -> dict[str, str]:
    """Name the metrics of the history, each with how several values become one."""
    return {
        row.name: row.over_time for row in METRICS.values() if row.panel or row.name in _PLACES
    }


def unlisted(record: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    """Name the numbers of a record that the table does not have, beside those that are known."""
    names = record.keys() - METRICS.keys() - set(known) - {'time'}
    return sorted(name for name in names if isinstance(record[name], (int, float)))


def charts(names: Iterable[str]) -> list[dict[str, Any]]:
    """Describe the charts of some metrics, as the page draws them.

    :return: title, unit, factor, log, zero, and figures: the label of each metric by its name
    """
    panels: dict[str, list[Metric]] = {panel.title: [] for panel in PANELS}
    for row in map(row_of, names):
        if row.panel:
            panels.setdefault(row.panel, []).append(row)
    listed = {panel.title: panel for panel in PANELS}
    return [
        _chart(listed.get(title) or Panel(title, rows[0].unit), rows)
        for title, rows in panels.items()
        if rows
    ]


def _chart(panel: Panel, rows: list[Metric]) -> dict[str, Any]:
    return {
        'title': panel.title,
        'unit': panel.unit,
        'factor': panel.factor,
        'log': all(row.axis == 'log' for row in rows),
        'zero': all(row.axis == 'zero' for row in rows),
        'figures': {row.name: row.label or row.name for row in rows},
    }
