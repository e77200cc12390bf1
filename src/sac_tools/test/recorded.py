# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs and checkpoints as they lie on disk, written by the code that writes them in a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from sac_core.policy_architecture import TANH_ADDITIVE_NOISE
from sac_core.spaces import RobotSpec
from sac_core.weights import PolicyArchitecture, PolicyWeights
from sac_learner.checkpoint import write_checkpoint
from sac_learner.config import SacConfig
from sac_learner.learner_state import LearnerSnapshot
from sac_learner.rate_limiter import RateLimiterState
from sac_learner.replay_buffer import ReplayState
import torch
import yaml

PENDULUM = RobotSpec(
    env_id='Pendulum-v1',
    observation_dim=3,
    action_dim=1,
    action_low=np.array([-2.0], np.float32),
    action_high=np.array([2.0], np.float32),
    step_duration=0.05,
    max_episode_steps=200,
)


def architecture(
    robot: RobotSpec = PENDULUM,
    hidden_dims: tuple[int, ...] = (8,),
    activation: str = 'relu',
    layer_norm: bool = False,
    **head: Any,
) -> PolicyArchitecture:
    return PolicyArchitecture(
        robot.observation_dim, robot.action_dim, hidden_dims, activation, layer_norm, **head
    )


ADDITIVE: dict[str, Any] = {'head': TANH_ADDITIVE_NOISE, 'noise_std': 0.1}


def random_weights(shape: PolicyArchitecture, seed: int, env_id: str) -> PolicyWeights:
    """Weights of the size that training gives, normalization about 1."""
    random = np.random.default_rng(seed)
    tensors = {
        name: (random.normal(size=size) / np.sqrt(size[0]) + name.endswith('norm.weight')).astype(
            np.float32
        )
        for name, size in shape.tensor_shapes().items()
    }
    return PolicyWeights(shape, tensors, version=7, learner_steps=70, env_steps=700, env_id=env_id)


def make_checkpoint(
    directory: Path, shape: PolicyArchitecture | None = None, robot: RobotSpec = PENDULUM
) -> Path:
    """Write a checkpoint of a random policy and return it."""
    policy = random_weights(shape or architecture(robot), 3, robot.env_id)
    snapshot = LearnerSnapshot(
        policy=policy,
        tensors={'critic.weight': torch.arange(4.0)},
        rate_limiter=RateLimiterState(**dict.fromkeys(RateLimiterState.__dataclass_fields__, 0)),
        replay=ReplayState(**dict.fromkeys(ReplayState.__dataclass_fields__, 0)),
        sessions=(),
    )
    return write_checkpoint(directory, snapshot, SacConfig(), robot)


def make_run(
    path: Path, *, seed: int = 0, returns: tuple[float, ...] = (1.0, 3.0), utd_ratio: int = 8
) -> Path:
    """Write the records of a run that ended, 100 steps an episode."""
    path.mkdir(parents=True)
    parameters: dict[str, Any] = {
        'sim_bridge': {'env_id': 'Pendulum-v1', 'seed': seed},
        'learner': {'utd_ratio': utd_ratio, 'seed': seed, 'checkpoint_dir': str(path)},
    }
    (path / 'run.yaml').write_text(
        yaml.safe_dump({'actors': 1, 'namespace': '', 'parameters': parameters})
    )
    lines = [
        {'env_steps': 100 * (index + 1), 'episode_return': value, 'evaluation': False}
        for index, value in enumerate(returns)
    ]
    (path / 'episodes.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in lines))
    summary = {
        'env_id': 'Pendulum-v1',
        'seed': seed,
        'exit_reason': 'max_env_steps',
        'time': 1000.0 + seed,
        'env_steps': 100 * len(returns),
        'max_env_steps': 100 * len(returns),
        'final_return_mean': returns[-1],
    }
    (path / 'summary.json').write_text(json.dumps(summary))
    return path
