# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Commands for an EnvRunner in tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sac_core.arrays import FloatArray
from sac_core.time_step import TimeStep
from sim_bridge.env_runner import EnvRunner


def answer(
    runner: EnvRunner, action: Sequence[float] | FloatArray, **changed: Any
) -> tuple[TimeStep, ...]:
    """Command what answers the newest observation, but for what the test changes.

    :return: what follows; after the end of an episode also the first observation of the next one
    """
    command: dict[str, Any] = {
        'session': runner.spec.bridge_session,
        'episode_id': runner.newest.episode_id,
        'step': runner.newest.step,
    }
    observed = runner.execute(np.array(action, np.float32), **(command | changed))
    if observed is None:
        return ()
    return (observed, runner.reset()) if runner.owes_reset else (observed,)


def rollout(runner: EnvRunner, steps: int, seed: int = 7) -> list[TimeStep]:
    random = np.random.default_rng(seed)
    low, high = runner.spec.action_low, runner.spec.action_high
    seen = [runner.newest]
    for _ in range(steps):
        seen += answer(runner, random.uniform(low, high).astype(np.float32))
    return seen
