# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Episodes by a policy in environments that do not end them as they should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gymnasium
from gymnasium import spaces
import numpy as np
import pytest
from sac_core.spaces import RobotSpec
from sac_tools.evaluation import run_episodes

from .recorded import ADDITIVE, architecture, random_weights

pytestmark = pytest.mark.timeout(60)
ROBOT = RobotSpec(
    env_id='Continuing-v0',
    observation_dim=2,
    action_dim=1,
    action_low=np.full(1, -1.0, np.float32),
    action_high=np.ones(1, np.float32),
    step_duration=0.02,
    max_episode_steps=0,
)


class Continuing(gymnasium.Env[Any, Any]):
    """Counts its steps, and shows a number that is none from the fifth one on, if asked to."""

    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.Box(-1, 1, (1,), np.float32)

    def __init__(self, *, breaks: bool) -> None:
        self._breaks = breaks

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self._steps = 0
        return np.zeros(2), {}

    def step(self, action: Any) -> Any:
        self._steps += 1
        broken = self._breaks and self._steps == 5
        return np.full(2, np.nan if broken else 0.0), 1.0, False, False, {}


@pytest.fixture
def register() -> Iterator[Any]:
    def register(*, breaks: bool = False, limit: int | None = None) -> None:
        gymnasium.register(
            'Continuing-v0', lambda **_: Continuing(breaks=breaks), max_episode_steps=limit
        )

    yield register
    gymnasium.registry.pop('Continuing-v0', None)


def test_an_episode_without_a_time_limit_ends_after_as_many_steps_as_are_given(
    register: Any,
) -> None:
    register()
    weights = random_weights(architecture(ROBOT), 3, ROBOT.env_id)
    results = list(run_episodes(weights, episodes=2, seed=1, max_steps=7))
    assert [(each.length, each.is_limited) for each in results] == [(7, True)] * 2
    assert [each.episode_return for each in results] == [7.0, 7.0]


def test_a_policy_of_another_kind_is_measured_alike(register: Any) -> None:
    register()
    weights = random_weights(architecture(ROBOT, **ADDITIVE), 3, ROBOT.env_id)
    (result,) = run_episodes(weights, episodes=1, seed=1, max_steps=7)
    assert (result.length, result.episode_return) == (7, 7.0)


def test_a_time_limit_of_the_environment_is_its_own(register: Any) -> None:
    register(limit=9)
    weights = random_weights(architecture(ROBOT), 3, ROBOT.env_id)
    (result,) = run_episodes(weights, episodes=1, seed=1, max_steps=7)
    assert (result.length, result.is_limited) == (9, False)


def test_an_episode_that_is_cut_off_is_told_from_one_that_ends(register: Any) -> None:
    register(breaks=True, limit=9)
    weights = random_weights(architecture(ROBOT), 3, ROBOT.env_id)
    results = list(run_episodes(weights, episodes=2, seed=1, max_steps=7))
    assert [(each.length, each.is_cut_off) for each in results] == [(4, True)] * 2
