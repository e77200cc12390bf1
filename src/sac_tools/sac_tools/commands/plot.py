# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""sac plot: curves of several runs."""

from __future__ import annotations

from pathlib import Path

import click
from sac_tools.commands.names import run_arguments
from sac_tools.output import json_option, number, print_json


@click.command(short_help='Draw curves of runs, with their spread over seeds.')
@run_arguments
@click.option(
    '-o',
    '--output',
    type=click.Path(path_type=Path),
    default=Path('returns.png'),
    show_default=True,
    help='Picture to write: .png, .svg or .pdf.',
)
@click.option(
    '--metric',
    default='return',
    show_default=True,
    help='What to draw: return, or a field of metrics.jsonl such as critic_loss.',
)
@click.option(
    '--spread',
    type=click.Choice(['std', 'range']),
    default='std',
    show_default=True,
    help='Band over the seeds: a standard deviation, or the least to the most.',
)
@json_option
def plot(names: tuple[str, ...], output: Path, metric: str, spread: str, as_json: bool) -> None:
    """Draw the curves of runs; runs that differ in nothing but the seed become one."""
    from sac_tools.runs.curves import group_runs, read_curve
    from sac_tools.runs.picture import draw_groups
    from sac_tools.runs.places import find_run

    groups = group_runs([read_curve(find_run(name), metric) for name in names], spread=spread)
    draw_groups(groups, output, metric=metric, spread=spread)
    facts = [
        {
            'label': group.label,
            'runs': [str(run.path) for run in group.runs],
            'seeds': [run.seed for run in group.runs],
            'last': [float(run.values[-1]) for run in group.runs],
            'last_mean': sum(float(run.values[-1]) for run in group.runs) / len(group.runs),
            'env_steps': int(group.steps[-1]),
        }
        for group in groups
    ]
    if as_json:
        print_json({'picture': str(output.absolute()), 'metric': metric, 'groups': facts})
        return
    for group, fact in zip(groups, facts, strict=True):
        lasts = ', '.join(number(float(run.values[-1])) for run in group.runs)
        mean = number(sum(float(run.values[-1]) for run in group.runs) / len(group.runs))
        click.echo(f'{fact["label"]}: {metric} {mean} after {fact["env_steps"]:,} steps ({lasts})')
    click.echo(str(output))
