# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What there is to say of a run in one line, from its files alone."""

from __future__ import annotations

from dataclasses import dataclass
import os
from pathlib import Path
from typing import Any

from sac_monitor.run_directory import read_config, read_summary
import yaml

_RUN_FILE = 'run.yaml'
_LOCKS = Path('/proc/locks')
_RUNNING = 'running'
# A monitor writes its summary every few seconds.
_FRESH = 30.0  # [s]


@dataclass(frozen=True)
class RunOverview:
    """One run.

    :param state: 'running', 'interrupted' (it did not end and no process writes to it: it can be
        resumed), or why it ended
    :param return_mean: of the last ten episodes that were collected
    :param eval_return_mean: of the last evaluation
    :param time: of its last record, Unix time [s]
    :param wall_s: how long it took [s]
    """

    name: str
    path: Path
    env_id: str | None
    seed: int | None
    env_steps: int | None
    max_env_steps: int | None
    episodes: int | None
    return_mean: float | None
    eval_return_mean: float | None
    state: str
    time: float
    wall_s: float | None


def read_overview(path: Path, *, now: float) -> RunOverview:
    """Read what a run's files say.

    :param now: Unix time [s]
    """
    try:
        summary = read_summary(path) or {}
    except ValueError:  # damaged: the rest may still tell
        summary = {}
    # Reading YAML takes longer than all the rest; only a run without a summary needs it.
    parameters = {} if 'env_id' in summary else read_parameters(path)
    seeds = [node['seed'] for node in parameters.values() if 'seed' in node]
    time = float(summary.get('time') or path.stat().st_mtime)
    return RunOverview(
        name=path.resolve().name,
        path=path,
        env_id=summary.get('env_id') or parameters.get('sim_bridge', {}).get('env_id'),
        seed=summary.get('seed', min(seeds, default=None)),
        env_steps=summary.get('env_steps'),
        max_env_steps=summary.get(
            'max_env_steps', parameters.get('actor', {}).get('max_env_steps')
        ),
        episodes=summary.get('episodes'),
        return_mean=summary.get('final_return_mean'),
        eval_return_mean=summary.get('eval_return_mean'),
        state=_state(path, summary, time, now),
        time=time,
        wall_s=summary.get('wall_s'),
    )


def read_parameters(path: Path) -> dict[str, dict[str, Any]]:
    """Read the parameters of each kind of node, as the run was started; none where it is unknown.

    :return: of several actors, those of the first
    """
    try:
        content = yaml.safe_load((path / _RUN_FILE).read_text(encoding='utf-8'))
        return {str(name): dict(values) for name, values in content['parameters'].items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError):
        pass
    found: dict[str, dict[str, Any]] = {}
    for name, values in sorted(read_config(path).items()):
        found.setdefault(name.rpartition('/')[2], values)
    return found


def is_held(path: Path) -> bool:
    """Return whether a process of a run holds the lock on its directory.

    Looked up instead of tried: a viewer must not be in the way of a run that starts.
    """
    inode = f':{path.stat().st_ino} '
    try:
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return False
    return any(' FLOCK ' in line and inode in line for line in lines)


def _state(path: Path, summary: dict[str, Any], time: float, now: float) -> str:
    reason = str(summary.get('exit_reason') or _RUNNING)
    if is_held(path):
        return _RUNNING
    if reason != _RUNNING:
        return reason
    # A run of a policy holds no lock.
    holds_lock = os.path.exists(path / _RUN_FILE)
    return _RUNNING if not holds_lock and now - time < _FRESH else 'interrupted'
