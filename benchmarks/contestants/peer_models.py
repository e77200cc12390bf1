# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What SBX and Stable-Baselines3 have in common: a model without a robot, its replay filled.

Imports nothing of this project: it runs in an environment of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
from stable_baselines3.common.logger import configure

OBSERVATION_DIM, ACTION_DIM = 17, 6  # HalfCheetah
TRANSITIONS = 100_000


class Spaces(gymnasium.Env[Any, Any]):
    """The spaces of an environment; nothing here makes a step in it."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (OBSERVATION_DIM,), np.float32)
    action_space = gymnasium.spaces.Box(-1.0, 1.0, (ACTION_DIM,), np.float32)


def arguments(case: dict[str, Any]) -> dict[str, Any]:
    """Translate the fields of the learner's SacConfig that both libraries have."""
    return {
        'learning_rate': case['critic_lr'],
        'buffer_size': TRANSITIONS,
        'batch_size': case['batch_size'],
        'gradient_steps': case['utd_ratio'],
        'tau': case['tau'],
        'gamma': case['discount'],
        'seed': case['seed'],
        'device': 'cpu',
    }


def ready(model: Any, case: dict[str, Any]) -> Callable[[], None]:
    """Fill the model's replay buffer with random transitions.

    :return: one learner step, sampling included
    """
    rng = np.random.default_rng(0)
    replay = model.replay_buffer
    for array in (replay.observations, replay.next_observations, replay.rewards):
        array[:] = rng.standard_normal(array.shape, np.float32)
    replay.actions[:] = np.tanh(rng.standard_normal(replay.actions.shape, np.float32))
    replay.pos, replay.full = 0, True
    model.set_logger(configure(None, []))
    return lambda: model.train(case['utd_ratio'], case['batch_size'])
