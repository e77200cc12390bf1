# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Prior data for tests: rows that no replay buffer of theirs holds."""

from __future__ import annotations

import numpy as np
from sac_core.spaces import RobotSpec
from sac_learner.prior.prior_data import PriorData
from sac_learner.replay_rows import row_type

from .fakes import make_spec

REWARD = 1000.0  # from it on, those of prior data; in no test has another row so much


def make_prior(count: int = 50, *, spec: RobotSpec | None = None, seed: int = 0) -> PriorData:
    spec, chance = spec or make_spec(), np.random.default_rng([seed, 7])
    rows = np.zeros(count, row_type(spec.observation_dim, spec.action_dim))
    for name in ('observations', 'next_observations', 'actions'):
        rows[name] = chance.uniform(-1, 1, rows[name].shape)
    rows['rewards'] = REWARD + np.arange(count)
    return PriorData(spec, rows, checksum=seed)
