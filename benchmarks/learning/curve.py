# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""One learning curve: which run it is, and the points that its run has left so far."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
import re
from typing import Any

from sac_monitor.evaluations import Evaluations
from sac_monitor.records import episode_from_record
from sac_monitor.run_directory import EPISODES, read_lines
import yaml

EPISODES_EACH = 10  # deterministic ones, in an evaluation
ARM = 'franka/'  # begins the env_id of an arm's task
BASELINE = 'sb3'  # a preset's name that stands for Stable-Baselines3


def parameters_of(variation: str) -> dict[str, dict[str, Any]]:
    """Read what one curve changes, such as 'learner.num_critics=5 learner.target_subset=2'.

    :return: parameters by node
    :raises ValueError: where a word is no NODE.NAME=VALUE
    """
    parameters: dict[str, dict[str, Any]] = {}
    for word in variation.split():
        name, is_set, value = word.partition('=')
        node, _, parameter = name.partition('.')
        if node not in ('actor', 'learner') or not parameter or not is_set:
            raise ValueError(f'must be words actor.NAME=VALUE or learner.NAME=VALUE, got {word!r}')
        parameters.setdefault(node, {})[parameter] = yaml.safe_load(value)
    return parameters


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A run to be made, and where it is kept.

    :param preset: of config/, 'default' or BASELINE
    :param variation: what differs from it, as `parameters_of` takes it
    :param control_rate: [Hz], 0: lockstep
    :param steps: environment steps at its last point
    :param period: environment steps between two points
    """

    env_id: str
    preset: str
    variation: str = ''
    seed: int
    control_rate: float
    steps: int
    period: int
    directory: Path

    @property
    def label(self) -> str:
        """Name of what is compared; seeds of one label make one curve with spread."""
        changes = ', '.join(word.partition('.')[2] for word in self.variation.split())
        label = f'{self.preset}, {changes}' if changes else self.preset
        return f'{label} at {self.control_rate:g} Hz' if self.control_rate else label

    @property
    def run_dir(self) -> Path:
        """Directory of its run, where an interrupted one goes on."""
        name = re.sub(r'[^\w.=-]+', '_', self.label)
        return self.directory / self.env_id.replace('/', '_') / name / f'seed_{self.seed}'

    @property
    def log(self) -> Path:
        """What its run prints."""
        return self.run_dir.with_suffix('.log')

    def last_words(self) -> str:
        """Return what its run said about an error, else the last line that it printed."""
        lines = self.log.read_text(errors='replace').splitlines()
        said = [line for line in lines if 'error: ' in line] or lines
        return said[-1] if said else 'it printed nothing'

    def points(self) -> list[dict[str, Any]]:
        """Read the whole evaluations that are there, as results to print, in order."""
        if not (self.run_dir / EPISODES).exists():
            return []
        evaluations = Evaluations()
        for record in read_lines(self.run_dir / EPISODES):
            evaluations.receive(*episode_from_record(record))
        return [
            {
                'curve': self.label,
                'env': self.env_id,
                'seed': self.seed,
                'env_steps': evaluation.actor_steps,
                'eval_return_mean': round(evaluation.return_mean, 1),
                'eval_return_std': round(evaluation.return_std, 1),
                'eval_success_rate': evaluation.success_rate,
            }
            for evaluation in evaluations.all
            if evaluation.episodes == EPISODES_EACH and evaluation.actor_steps <= self.steps
        ]

    @property
    def is_complete(self) -> bool:
        """Whether its last point is there."""
        points = self.points()
        return bool(points) and points[-1]['env_steps'] == self.steps
