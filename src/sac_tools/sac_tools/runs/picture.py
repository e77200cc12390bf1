# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Draws groups of runs: the mean over seeds, its spread, and each run as a thin line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
import matplotlib.ticker
from sac_monitor.learning_curve import short_number
from sac_tools.runs.curves import Group, RETURN

# Okabe and Ito's colors, which color-blind people can tell apart.
_COLORS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000')
SUFFIXES = ('.png', '.svg', '.pdf')


def draw_groups(groups: Sequence[Group], path: Path, *, metric: str, spread: str) -> None:
    """Draw into a file; its suffix says in which format.

    :raises ValueError: for another suffix
    :raises OSError: where it cannot be written
    """
    if path.suffix not in SUFFIXES:
        raise ValueError(f'output must end in one of {", ".join(SUFFIXES)}, got {str(path)!r}')
    figure = Figure(figsize=(9.0, 5.0), layout='constrained')
    axes = figure.add_subplot()
    for index, group in enumerate(groups):
        color = _COLORS[index % len(_COLORS)]
        if len(group.runs) > 1:
            axes.fill_between(
                group.steps, group.low, group.high, color=color, alpha=0.18, linewidth=0
            )
            for run in group.runs:
                axes.plot(run.steps, run.values, color=color, alpha=0.45, linewidth=0.9)
        axes.plot(group.steps, group.mean, color=color, linewidth=2.2, label=_legend(group))
    axes.set_xlabel('environment steps')
    axes.set_ylabel('episode return, mean of ten' if metric == RETURN else metric)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(short_number))
    axes.yaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter('{x:,g}'))
    axes.grid(color='#e6e6e6', linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[['top', 'right']].set_visible(False)
    # A label may hold a path, in which a dollar begins no formula.
    for text in axes.legend(frameon=False, loc='best').get_texts():
        text.set_parse_math(False)
    if any(len(group.runs) > 1 for group in groups):
        band = 'one standard deviation' if spread == 'std' else 'least to most'
        axes.set_title(f'mean over seeds; band: {band}', loc='right', fontsize=9, color='#555555')
    figure.savefig(path, dpi=110)


def _legend(group: Group) -> str:
    seeds = [str(run.seed) for run in group.runs if run.seed is not None]
    word = 'seed' if len(group.runs) == 1 else 'seeds'
    return f'{group.label} ({word} {", ".join(seeds)})' if seeds else group.label
