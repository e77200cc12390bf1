# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The page of all metrics, from their table."""

from __future__ import annotations

from sac_core.metric import Metric, Source
from sac_core.metrics import rows_of
from tables import table

_HEAD = """# Metrics

What is measured of a run, from one table: [metrics.py](../../src/sac_core/sac_core/metrics.py).
The name is the key in `metrics.jsonl` or, where marked, in `summary.json`; the curve is the tag in
TensorBoard and Weights & Biases; the part is that of the node on `/diagnostics`; the chart is that
of the dashboard. Of several actors each metric is summed, or the lowest or highest is shown.

Some metrics have no field in `actor/status` or `learner/status`: they come as `metric_names` and
`metric_values`, and so does all that an algorithm reports. What an algorithm reports without a row
in the table is recorded under its own name, drawn as `algorithm/NAME`, and has a chart of its own.
"""
_COLUMNS = ('name', 'unit', 'curve', 'files', 'actors', 'part', 'chart', 'meaning')


def page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for source in Source:
        parts.append(f'## Of {source.value}\n\n{table(_COLUMNS, map(_cells, rows_of(source)))}')
    return '\n\n'.join(parts) + '\n'


def _cells(row: Metric) -> tuple[str, ...]:
    files = ['metrics'] * row.recorded + ['summary'] * row.summed_up
    if row.source is Source.EPISODE:
        files = ['episodes']
    elif row.source is Source.EVALUATION:
        files = ['summary']
    return (
        f'`{row.name}`',
        row.unit,
        f'`{row.group}/{row.curve}`' if row.curve else '',
        ', '.join(files),
        row.over_actors if row.source is Source.ACTOR else '',
        row.part,
        row.panel,
        row.about,
    )
