# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The picture of a run: return over environment steps, and what helps to judge the training.

Drawn from the files alone, so that it shows a resumed run from its very beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
import matplotlib.ticker
import numpy as np
from numpy.typing import NDArray
from sac_core.reported_metrics import row_of
from sac_monitor.evaluations import Evaluations, EvaluationSummary
from sac_monitor.records import episode_from_record, Record
from sac_monitor.run_directory import (
    EPISODES,
    LEARNING_CURVE,
    METRICS,
    read_lines,
    read_summary,
)
from sac_monitor.run_state import EPISODES_AVERAGED

_POINT = '#9db7d5'
_LINE = '#1f4e8c'
_EVALUATION = '#d1762a'
_COLORS = (_LINE, _EVALUATION)
_TARGET = '#888888'
_COLUMNS = 3
_INCHES_WIDE = 11.0
_MOST_POINTS = 250  # in a curve of a small plot

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class _Panel:
    """A small plot of metrics over environment steps."""

    title: str
    lines: dict[str, str]  # name of a metric -> label
    target: str = ''  # name of the metric with the value that is aimed at


_PANELS = (
    _Panel('critic loss', {'critic_loss': ''}),
    _Panel('mean Q', {'q_mean': ''}),
    _Panel('entropy of the policy [nat]', {'entropy': ''}),
    _Panel('temperature', {'temperature': ''}),
    _Panel('update-to-data ratio', {'measured_utd': 'measured'}, target='target_utd'),
    _Panel(
        'steps per second',
        {'learner_steps_per_second': 'learner', 'env_steps_per_second': 'environment'},
    ),
)


def draw_learning_curve(run_dir: Path) -> Path:
    """Draw learning_curve.png anew and replace the old one at once.

    :raises OSError: where it cannot be written
    """
    episodes = read_lines(run_dir / EPISODES)
    metrics = read_lines(run_dir / METRICS)
    summary = read_summary(run_dir) or {}
    path = run_dir / LEARNING_CURVE
    beside = path.with_name(f'.{path.name}.part')
    figure = _figure(episodes, _progressing(metrics), str(summary.get('env_id') or ''))
    figure.savefig(beside, format='png', dpi=110)
    beside.replace(path)
    return path


def _figure(episodes: Sequence[Record], metrics: Sequence[Record], env_id: str) -> Figure:
    panels = [
        panel
        for panel in _PANELS
        if any(np.isfinite(curve_of(metrics, name)).sum() > 1 for name in panel.lines)
    ]
    rows = -(-len(panels) // _COLUMNS)
    figure = Figure(figsize=(_INCHES_WIDE, 4.5 + 2.2 * rows), layout='constrained')
    grid = figure.add_gridspec(1 + rows, _COLUMNS, height_ratios=[4.5] + [2.2] * rows)
    top = figure.add_subplot(grid[0, :])
    _draw_returns(top, episodes, env_id)
    for index, panel in enumerate(panels):
        axes = figure.add_subplot(grid[1 + index // _COLUMNS, index % _COLUMNS])
        _draw_panel(axes, panel, metrics)
    ends = [each.get('env_steps', 0) for each in (*metrics[-1:], *episodes[-1:])]
    last = max(ends, default=0)
    for axes in figure.axes:
        axes.set_xlim(0, 1.01 * last if last > 0 else 1)
        axes.xaxis.set_major_locator(
            matplotlib.ticker.MaxNLocator(9 if axes is top else 4, steps=[1, 2, 2.5, 5, 10])
        )
        axes.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(short_number))
        axes.grid(color='#e6e6e6', linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[['top', 'right']].set_visible(False)
    return figure


def _draw_returns(axes: Axes, episodes: Sequence[Record], env_id: str) -> None:
    known = [each for each in episodes if each.get('episode_return') is not None]
    evaluations = _evaluations(known)
    known = [each for each in known if not each.get('evaluation')]
    steps = curve_of(known, 'env_steps')
    returns = curve_of(known, 'episode_return')
    axes.set_xlabel('environment steps')
    axes.set_ylabel('episode return')
    outcomes = []
    if len(returns):
        means = running_mean(returns)
        axes.plot(steps, returns, 'o', color=_POINT, markersize=4, zorder=3, label='episode')
        label = f'mean of the last {EPISODES_AVERAGED}'
        axes.plot(steps, means, color=_LINE, linewidth=2, zorder=4, label=label)
        outcomes.append(f'mean return {means[-1]:,.1f} after {steps[-1]:,.0f} steps')
    if evaluations:
        outcomes.append(f'evaluation {_draw_evaluations(axes, evaluations):,.1f}')
    title = f'{env_id}: ' if env_id else ''
    outcome = ', '.join(outcomes) or 'no episode finished'
    axes.set_title(f'{title}{outcome}', loc='left', fontweight='bold')
    if outcomes:
        axes.yaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter('{x:,g}'))
        axes.legend(frameon=False, loc='best')


def _draw_evaluations(axes: Axes, evaluations: Sequence[EvaluationSummary]) -> float:
    """Draw the mean of each evaluation with its standard deviation, and return the last mean."""
    axes.errorbar(
        [each.env_steps for each in evaluations],
        [each.return_mean for each in evaluations],
        yerr=[each.return_std for each in evaluations],
        color=_EVALUATION,
        marker='D',
        markersize=5,
        capsize=3,
        zorder=5,
        label='evaluation, with standard deviation',
    )
    return evaluations[-1].return_mean


def _evaluations(episodes: Sequence[Record]) -> list[EvaluationSummary]:
    evaluations = Evaluations()
    for record in episodes:
        try:
            evaluations.receive(*episode_from_record(record))
        except ValueError:  # damaged, or of an older version
            continue
    return evaluations.all


def _draw_panel(axes: Axes, panel: _Panel, metrics: Sequence[Record]) -> None:
    axes.set_title(panel.title, loc='left', fontsize=10)
    axes.tick_params(labelsize=8)
    steps = _thinned(curve_of(metrics, 'env_steps'))
    if panel.target:
        target = _thinned(curve_of(metrics, panel.target))
        axes.plot(steps, target, color=_TARGET, linewidth=1.2, linestyle='--', label='target')
    for (name, label), color in zip(panel.lines.items(), _COLORS, strict=False):
        values = _thinned(curve_of(metrics, name))
        axes.plot(steps, values, color=color, linewidth=1.2, label=label)
    axis = row_of(name).axis
    if axis == 'log' and np.nanmin(values) > 0 and np.nanmax(values) > 10 * np.nanmin(values):
        axes.set_yscale('log')
        axes.yaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter('{x:g}'))
        axes.yaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    if axis == 'zero':
        axes.set_ylim(bottom=0.0)
    if len(axes.lines) > 1:
        axes.legend(frameon=False, fontsize=8)


def _progressing(metrics: Sequence[Record]) -> list[Record]:
    """Leave out what was recorded while no robot moved: it is all at one place of the x-axis."""
    kept: list[Record] = []
    for record in metrics:
        if not kept or record.get('env_steps', 0) > kept[-1].get('env_steps', 0):
            kept.append(record)
    return kept


def curve_of(records: Sequence[Record], name: str) -> Curve:
    """One field of all records, NaN where it is unknown."""
    values = [record.get(name) for record in records]
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _thinned(curve: Curve) -> Curve:
    """Average neighbors, so that what stays can be told apart in a small plot."""
    starts = np.arange(0, len(curve), max(1, -(-len(curve) // _MOST_POINTS)))
    if len(starts) == len(curve):
        return curve
    known = np.isfinite(curve)
    sums = np.add.reduceat(np.where(known, curve, 0.0), starts)
    counts = np.add.reduceat(known.astype(np.float64), starts)
    means: Curve = np.full_like(sums, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means


def running_mean(values: Curve) -> Curve:
    """Mean of each value and those before it, EPISODES_AVERAGED at most."""
    sums = np.cumsum(values)
    sums[EPISODES_AVERAGED:] -= sums[:-EPISODES_AVERAGED].copy()
    return sums / np.minimum(np.arange(1, len(values) + 1), EPISODES_AVERAGED)


def short_number(value: float, _position: int) -> str:
    """Write a number of steps at an axis, as 20k."""
    for unit, letter in ((1e6, 'M'), (1e3, 'k')):
        if abs(value) >= unit:
            return f'{value / unit:g}{letter}'
    return f'{value:g}'
