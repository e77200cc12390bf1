# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Another update-to-data ratio in the middle of a run: all that was learned stays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sac_learner.algorithms.base import Algorithm
from sac_learner.algorithms.sac.gpu.captured_step import CapturedStep
from sac_learner.algorithms.sac.native.native_step import NativeStep
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.config import LearnerSettings, SacConfig
from sac_learner.learner import Learner

from .fakes import make_batch, make_spec

CONFIG = SacConfig(hidden_dims=(8, 8), batch_size=4, utd_ratio=3)
SETTINGS = LearnerSettings(training_starts=10, replay_capacity=100)
MakeStep = Callable[[SacConfig], Algorithm]


def captured(config: SacConfig) -> Algorithm:
    return CapturedStep(config, 3, 2, replay_capacity=100, device='cpu', compiled=False)


KINDS: dict[str, MakeStep] = {
    'torch': lambda config: SacStep(config, 3, 2),
    'native': lambda config: NativeStep(config, 3, 2),
    'captured': captured,
}


def train(learner: Learner, first: int, count: int) -> int:
    batch = make_batch(first, count)
    rng = np.random.default_rng(first)
    batch.rows.observations[:] = rng.normal(2.0, 3.0, (count, 3))
    batch.rows.next_observations[:] = batch.rows.observations
    learner.store(batch)
    return sum(learner.train() for _ in range(100))


@pytest.mark.parametrize('make_step', KINDS.values(), ids=KINDS)
def test_the_networks_and_their_optimizers_go_on(make_step: MakeStep) -> None:
    learner = Learner(CONFIG, SETTINGS, make_spec(), make_step(CONFIG))
    assert train(learner, 0, 20) == 10
    before, stats = learner.algorithm.state_dict(), learner.stats(steps_per_second=0.0)
    learner.change_ratio(5, make_step)
    after = learner.algorithm.state_dict()
    assert before.keys() == after.keys()
    assert all((before[name] == after[name]).all() for name in before)
    now = learner.stats(steps_per_second=0.0)
    assert (now.metrics, now.learner_steps) == (stats.metrics, 10)  # not yet others
    assert train(learner, 20, 4) == 4
    now = learner.stats(steps_per_second=0.0)
    assert (now.learner_steps, now.critic_updates, now.measured_utd) == (14, 3 * 10 + 5 * 4, 5.0)
    assert learner.snapshot().rate_limiter.updates == 50


def test_it_computes_what_a_learner_of_that_ratio_would() -> None:
    changed = Learner(CONFIG, SETTINGS, make_spec(), KINDS['torch'](CONFIG))
    changed.change_ratio(5, KINDS['torch'])
    config = SacConfig(hidden_dims=(8, 8), batch_size=4, utd_ratio=5)
    other = Learner(config, SETTINGS, make_spec(), KINDS['torch'](config))
    for learner in (changed, other):
        assert train(learner, 0, 16) == 6
    left, right = (learner.new_policy().tensors for learner in (changed, other))
    assert all(np.array_equal(left[name], right[name]) for name in left)
