# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Curves of several runs, and runs of one configuration put together over their seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

import numpy as np
from sac_monitor.learning_curve import Curve, curve_of, running_mean
from sac_monitor.run_directory import EPISODES, METRICS, read_lines
from sac_tools.runs.overview import read_overview, read_parameters

RETURN = 'return'
_POINTS = 400  # of a curve that runs are put together on

# What differs between two runs of one configuration: seeds, places, how long they were to last,
# and how they were watched and kept.
_NOT_CONFIGURATION = {
    'seed',
    'run_dir',
    'state_dir',
    'checkpoint_dir',
    'replay_dir',
    'resume',
    'max_env_steps',
    'max_episodes',
    'eval_episodes',
    'eval_period',
    'checkpoint_period',
    'checkpoints_kept',
    'status_period',
    'threads',
    'autostart',
    'lockstep',  # follows from the actor's control_rate
    'use_sim_time',
    'start_type_description_service',
}
_MOST_WORDS = 4  # of a label
_NODES = ('sim_bridge', 'franka_bridge', 'actor', 'learner')


@dataclass(frozen=True, eq=False)
class RunCurve:
    """One figure of one run over its environment steps.

    :param steps: (n,) not falling
    :param values: (n,) finite
    """

    path: Path
    seed: int | None
    env_id: str
    configuration: dict[str, Any]
    steps: Curve
    values: Curve


@dataclass(frozen=True, eq=False)
class Group:
    """Runs of one configuration.

    :param steps: (m,) common steps
    :param mean: (m,) over the runs that have come so far
    :param low: (m,) lower edge of the spread
    :param high: (m,) upper edge
    """

    label: str
    runs: list[RunCurve]
    steps: Curve
    mean: Curve
    low: Curve
    high: Curve


def read_curve(path: Path, metric: str) -> RunCurve:
    """Read one figure of a run.

    :param metric: 'return', a running mean over ten episodes, or a field of metrics.jsonl
    :raises ValueError: where the run has no such figure
    """
    if metric == RETURN:
        records = [
            record
            for record in read_lines(path / EPISODES)
            if not record.get('evaluation') and record.get('episode_return') is not None
        ]
        values = running_mean(curve_of(records, 'episode_return'))
    else:
        records = [
            record
            for record in read_lines(path / METRICS)
            if isinstance(record.get(metric), (int, float)) and record.get('env_steps')
        ]
        values = curve_of(records, metric)
    if not records:
        what = 'no finished episode' if metric == RETURN else f'no {metric!r} in {METRICS}'
        raise ValueError(f'{path}: there is {what} to draw')
    parameters, told = read_parameters(path), read_overview(path, now=0.0)
    return RunCurve(
        path=path,
        seed=told.seed,
        env_id=str(told.env_id or 'run'),
        configuration=_configuration(parameters),
        steps=curve_of(records, 'env_steps'),
        values=values,
    )


def group_runs(curves: Iterable[RunCurve], *, spread: str = 'std') -> list[Group]:
    """Put runs of one configuration together, in the order in which they come.

    :param spread: 'std', one standard deviation over the runs, or 'range', the least to the most
    """
    members: dict[str, list[RunCurve]] = {}
    for each in curves:
        members.setdefault(
            json.dumps([each.env_id, each.configuration], sort_keys=True), []
        ).append(each)
    labels = _labels([runs[0] for runs in members.values()])
    return [
        _put_together(label, runs, spread)
        for label, runs in zip(labels, members.values(), strict=True)
    ]


def _put_together(label: str, runs: list[RunCurve], spread: str) -> Group:
    first = min(run.steps[0] for run in runs)
    last = max(run.steps[-1] for run in runs)
    steps = np.linspace(first, last, _POINTS)
    rows = np.array(
        [np.interp(steps, run.steps, run.values, left=np.nan, right=np.nan) for run in runs]
    )
    known = np.isfinite(rows)
    there = known.any(axis=0)
    steps, rows = steps[there], rows[:, there]
    mean = np.nanmean(rows, axis=0)
    if spread == 'range':
        low, high = np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
    else:
        deviation = np.nanstd(rows, axis=0)
        low, high = mean - deviation, mean + deviation
    return Group(label, runs, steps, mean, low, high)


def _configuration(parameters: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        f'{node}.{name}': value
        for node in _NODES
        for name, value in parameters.get(node, {}).items()
        if name not in _NOT_CONFIGURATION and not name.startswith('qos_overrides')
    }


def _labels(runs: Sequence[RunCurve]) -> list[str]:
    """Name each configuration by its environment and by what sets it apart from the others."""
    names = sorted({name for run in runs for name in run.configuration})
    apart = [
        name
        for name in names
        if not name.endswith('.env_id')
        and len({json.dumps(run.configuration.get(name)) for run in runs}) > 1
    ]
    labels = []
    for run in runs:
        words = [
            f'{name.partition(".")[2]} {_short(run.configuration.get(name))}' for name in apart
        ]
        if len(words) > _MOST_WORDS:
            words[_MOST_WORDS:] = [f'and {len(words) - _MOST_WORDS} more']
        labels.append(', '.join([run.env_id, *words]))
    return labels


def _short(value: Any) -> str:
    return 'unset' if value is None else str(value)
