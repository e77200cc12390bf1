# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Draws how the time of a learner step grows, from the results of bench_growth.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

PANELS = {
    'batch_size': 'batch [transitions]',
    'num_critics': 'critics',
    'width': 'width of both hidden layers',
    'utd_ratio': 'critic updates per step (UTD)',
}
SERIES = {'cleanrl': ('CleanRL-style torch', '#c2571a', 's'), 'ours': ('ours', '#1f5fa8', 'o')}


def draw(results: list[dict[str, Any]], path: Path) -> None:
    """Draw one panel for each sweep, milliseconds over the value, both logarithmic."""
    most = max(result['cpus'] for result in results)
    results = [result for result in results if result['cpus'] == most]
    figure = Figure(figsize=(10.0, 3.2), layout='constrained')
    all_axes = figure.subplots(1, len(PANELS), sharey=True)
    for axes, (sweep, label) in zip(all_axes, PANELS.items(), strict=True):
        points = [result for result in results if result['sweep'] == sweep]
        values = [point['value'] for point in points]
        for name, (legend, color, marker) in SERIES.items():
            times = [point['ms_per_step'][name] for point in points]
            axes.loglog(values, times, color=color, marker=marker, label=legend, linewidth=1.8)
        axes.axhline(20.0, color='gray', linestyle='--', linewidth=1.0)
        axes.xaxis.set_major_locator(FixedLocator(values))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f'{value:g}'))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f'{value:g}'))
        axes.set_xlabel(label)
        axes.grid(alpha=0.25)
    all_axes[0].set_ylabel('one learner step [ms]')
    all_axes[0].annotate(
        '50 steps/s', (0.03, 20.0), xycoords=('axes fraction', 'data'), va='bottom', color='gray'
    )
    all_axes[-1].legend(loc='upper left', frameon=False)
    figure.suptitle(
        f'Time of a step, float32, {most} CPUs; elsewhere 2 critics, UTD 8, batch 256, width 256'
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
