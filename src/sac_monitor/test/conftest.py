# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Fakes that the monitor's tests share."""

from __future__ import annotations

import numpy as np
import pytest
from sac_core.spaces import RobotSpec
from sac_core.testing import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def spec() -> RobotSpec:
    return RobotSpec(
        env_id='Pendulum-v1',
        observation_dim=3,
        action_dim=1,
        action_low=np.array([-2.0], np.float32),
        action_high=np.array([2.0], np.float32),
        step_duration=0.05,
        max_episode_steps=200,
    )
