# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Draws learning curves: the mean over seeds, and each seed thin behind it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter
import numpy as np

from learning.curve import ARM, EPISODES_EACH

_COLORS = ('#1f5fa8', '#c2571a', '#3a8f4d', '#8a4fa3', '#7a6a2f', '#b03a5b')
ROBOT_RATE = 50.0  # [Hz] at which steps become minutes of a robot's time


def draw(points: list[dict[str, Any]], period: int, path: Path) -> None:
    """Draw one panel with a curve for each label.

    :param points: as `Curve.points` returns them, of one environment
    :param period: environment steps between two points; those of all seeds are taken together
        where they lie nearest to the same multiple
    """
    figure = Figure(figsize=(8.0, 4.6), layout='constrained')
    axes = figure.add_subplot()
    # A task of an arm is achieved or not; what its return is worth says nothing by itself.
    in_successes = points[0]['env'].startswith(ARM)
    value = 'eval_success_rate' if in_successes else 'eval_return_mean'
    labels = list(dict.fromkeys(point['curve'] for point in points))
    for label, color in zip(labels, _COLORS * len(labels), strict=False):
        seeds: dict[int, dict[int, float]] = defaultdict(dict)
        for point in points:
            if point['curve'] == label:
                place = round(point['env_steps'] / period) * period
                seeds[point['seed']][place] = point[value]
        for curve in seeds.values():
            axes.plot(list(curve), list(curve.values()), color=color, alpha=0.35, linewidth=1.0)
        common = sorted(set.intersection(*(set(curve) for curve in seeds.values())))
        means = [np.mean([curve[place] for curve in seeds.values()]) for place in common]
        name = f'{label}, mean of {len(seeds)} seeds' if len(seeds) > 1 else label
        axes.plot(common, means, color=color, linewidth=2.4, marker='o', markersize=4, label=name)
    what = 'success' if in_successes else 'return'
    axes.set_title(
        f'{points[0]["env"]}: {what} of {EPISODES_EACH} deterministic episodes',
        loc='left',
        fontweight='bold',
    )
    axes.set_xlabel('environment steps')
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f'{value:,.0f}'))
    if in_successes:
        axes.set_ylim(-0.03, 1.03)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    else:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f'{value:,.0f}'))
    axes.set_xlim(left=0)
    minutes = axes.secondary_xaxis(
        'top',
        functions=(lambda x: x / ROBOT_RATE / 60.0, lambda m: m * ROBOT_RATE * 60.0),
    )
    minutes.set_xlabel('minutes of a robot at 50 Hz', fontsize=9)
    axes.grid(color='#e6e6e6', linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[['right']].set_visible(False)
    axes.legend(frameon=False, loc='best')
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
