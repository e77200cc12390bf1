# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A temperature that runs away is held where it can still come back, in every step alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
import math

import pytest
from sac_learner.algorithms.base import Algorithm
from sac_learner.algorithms.sac.config import LARGEST_TEMPERATURE, SacConfig
from sac_learner.algorithms.sac.gpu.captured_step import CapturedStep
from sac_learner.algorithms.sac.native.native_step import NativeStep
from sac_learner.algorithms.sac.reference import SacStep
import torch

from .step_cases import ACTION_DIM, draw_inputs, OBSERVATION_DIM, SMALL

pytestmark = pytest.mark.timeout(60)
CONFIG = replace(SMALL, target_entropy_per_dim=0.69, temperature_lr=1.0)


@pytest.mark.parametrize(
    'make',
    [
        SacStep,
        NativeStep,
        partial(CapturedStep, replay_capacity=10, device='cpu', compiled=False),
    ],
    ids=['reference', 'native', 'gpu'],
)
def test_a_temperature_that_runs_away_is_held_and_comes_back(
    make: Callable[[SacConfig, int, int], Algorithm],
) -> None:
    step = make(CONFIG, OBSERVATION_DIM, ACTION_DIM)
    state = step.state_dict()
    state['log_alpha'].fill_(math.log(LARGEST_TEMPERATURE) - 0.5)
    state['actor.log_std.bias'].fill_(-4.0)  # its entropy is far below the target
    step.load_state_dict(state)
    *inputs, last = draw_inputs(CONFIG, 6)
    for batch, noise in inputs:
        step.update(batch, noise)
        assert step.metrics()['temperature'] == pytest.approx(LARGEST_TEMPERATURE, rel=1e-5)
    assert all(bool(torch.isfinite(tensor).all()) for tensor in step.state_dict().values())

    state = step.state_dict()
    state['temperature_adam.mean.log_alpha'].fill_(1e9)  # the entropy was above the target
    step.load_state_dict(state)
    step.update(*last)
    assert step.metrics()['temperature'] < 0.9 * LARGEST_TEMPERATURE
