# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner's step as the learner would choose it on this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from filled_replay import filled_replay
from sac_learner.algorithms.sac.backend import make_step
from sac_learner.config import SacConfig

from contestants.serve import serve

OBSERVATION_DIM, ACTION_DIM = 17, 6  # HalfCheetah


def build(case: dict[str, Any]) -> tuple[Callable[[], None], str]:
    """:return: sampling and one step, and the learner's own line about it"""
    own = {name: case.pop(name) for name in ('threads', 'precision') if name in case}
    config = config_of(case)
    replay = filled_replay(100_000, OBSERVATION_DIM, ACTION_DIM)
    step, description = make_step(config, OBSERVATION_DIM, ACTION_DIM, device='cpu', **own)
    return lambda: step.update(replay.sample(config.step_batch_size)), description


def config_of(case: dict[str, Any]) -> SacConfig:
    """Read what came as JSON, where every tuple is a list."""
    tuples = {name: tuple(value) for name, value in case.items() if isinstance(value, list)}
    return SacConfig(**{**case, **tuples})


if __name__ == '__main__':
    serve(build)
