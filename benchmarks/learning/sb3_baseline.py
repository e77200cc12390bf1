# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Stable-Baselines3's SAC with its own defaults, evaluated as our runs are; in `.venv-bench`.

Writes the evaluation episodes in the form of a run's episodes.jsonl. An interrupted one begins
anew: the library saves no state from which it would continue exactly.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from stable_baselines3 import SAC
from stable_baselines3.common.callbacks import BaseCallback
import torch


class _Evaluate(BaseCallback):
    """Runs deterministic episodes every `period` steps, in an environment of its own."""

    def __init__(self, options: argparse.Namespace, path: Path) -> None:
        super().__init__()
        self._options = options
        self._environment = gymnasium.make(options.env)
        self._path = path
        self._seed = int(np.random.SeedSequence(options.seed).generate_state(1)[0])
        self._episode = 0

    def _on_step(self) -> bool:
        if self.num_timesteps % self._options.period == 0:
            with self._path.open('a') as stream:
                for _ in range(self._options.episodes):
                    stream.write(json.dumps(self._run_episode()) + '\n')
        return True

    def _run_episode(self) -> dict[str, Any]:
        state, _ = self._environment.reset(seed=None if self._episode else self._seed)
        episode_return, length = 0.0, 0
        success = terminated = truncated = False
        while not (terminated or truncated):
            action, _ = self.model.predict(state, deterministic=True)
            state, reward, terminated, truncated, info = self._environment.step(action)
            episode_return, length = episode_return + float(reward), length + 1
            success = success or bool(info.get('is_success', info.get('success', False)))
        self._episode += 1
        return {
            'actor': 'sb3',
            'actor_session': 1,
            'episode_id': self._episode - 1,
            'env_steps': self.num_timesteps,
            'actor_env_steps': self.num_timesteps,
            'length': length,
            'episode_return': episode_return,
            'terminated': terminated,
            'truncated': truncated,
            'success': success,
            'evaluation': True,
        }


def main() -> None:
    """Train and evaluate; the file appears under its name when all is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--env', required=True)
    parser.add_argument('--seed', type=int, required=True)
    parser.add_argument('--steps', type=int, required=True)
    parser.add_argument('--period', type=int, required=True)
    parser.add_argument('--episodes', type=int, required=True)
    parser.add_argument('--threads', type=int, default=0)
    parser.add_argument('--output', type=Path, required=True)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    beside = options.output.with_suffix('.part')
    beside.unlink(missing_ok=True)
    model = SAC('MlpPolicy', gymnasium.make(options.env), seed=options.seed)
    model.learn(options.steps, callback=_Evaluate(options, beside))
    beside.replace(options.output)


if __name__ == '__main__':
    main()
