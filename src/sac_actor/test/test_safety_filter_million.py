# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A million random and adversarial policy outputs: not one unsafe command comes out."""

from __future__ import annotations

import numpy as np
import pytest
from sac_actor.safety_filter import SafetyFilter
from sac_actor.state_limits import StateLimit, StateLimits
from sac_core.arrays import FloatArray
from sac_core.spaces import ActionScale, RobotSpec

pytestmark = pytest.mark.timeout(120)
CONFIGURATIONS, STEPS, ROBOTS, DIMS = 50, 40, 500, 4  # a million actions of 4 numbers
NUMBERS = ROBOTS * DIMS
ROUNDING = 1e-6  # of a difference of two float32 in [-1, 1]
WILD = np.array(
    [
        np.nan,
        np.inf,
        -np.inf,
        3.4e38,
        -3.4e38,
        1e-45,
        -1e-45,
        1e-38,
        1.0,
        -1.0,
        0.0,
        -0.0,
        1.0000001,
    ],
    np.float32,
)


def outputs(random: np.random.Generator, step: int, kind: int) -> FloatArray:
    """What a policy gone wrong may say, for each robot at once."""
    if kind == 0:
        return np.full(NUMBERS, (-1.0) ** step, np.float32)
    if kind == 1:
        return random.choice(WILD, NUMBERS)
    if kind == 2:  # any bits at all
        return random.integers(0, 2**32, NUMBERS, dtype=np.uint32).view(np.float32)
    values = random.normal(0, 10.0 ** random.integers(-45, 38), NUMBERS)
    return values.astype(np.float32) if kind == 3 else values  # float64


@pytest.mark.filterwarnings('ignore:overflow', 'ignore:invalid value')
def test_of_a_million_actions_none_leaves_limits_rate_or_box() -> None:
    random, count = np.random.default_rng(0), 0
    for _ in range(CONFIGURATIONS):
        # Many robots side by side are one robot with many joints.
        low = random.uniform(-1, -0.01, NUMBERS).astype(np.float32)
        high = random.uniform(0.01, 1, NUMBERS).astype(np.float32)
        max_change = float(np.float32(random.choice([1e-6, 0.01, 0.3, 2.0])))
        guarded = np.flatnonzero(random.random(NUMBERS) < 0.3)
        rules = [
            StateLimit(observation=int(n), action=int(n), low=-1.0, high=1.0, margin=0.25)
            for n in guarded
        ]
        safety = SafetyFilter(
            NUMBERS,
            max_change=max_change,
            lowest=low,
            highest=high,
            smoothing=float(random.choice([0.0, 0.5, 0.99])),
            state_limits=StateLimits(rules, observation_dim=NUMBERS, action_dim=NUMBERS),
        )
        spec_low = random.uniform(-200, -0.1, NUMBERS).astype(np.float32)
        spec_high = (spec_low + random.uniform(0.1, 300, NUMBERS)).astype(np.float32)
        scale = ActionScale(RobotSpec('Many-v0', NUMBERS, NUMBERS, spec_low, spec_high, 0.02, 0))
        before, command = np.zeros(NUMBERS, np.float32), np.empty(NUMBERS, np.float32)
        for step in range(STEPS):
            state = random.uniform(-1.5, 1.5, NUMBERS).astype(np.float32)
            safe = safety.apply(outputs(random, step, int(random.integers(5))), state)
            scale.to_robot(safe, command)
            assert np.isfinite(command).all()
            assert ((command >= spec_low) & (command <= spec_high)).all()
            assert ((safe >= low) & (safe <= high)).all()
            beyond = state[guarded]
            assert (safe[guarded][beyond >= 1.0] <= 0).all(), 'pushes out of the box'
            assert (safe[guarded][beyond <= -1.0] >= 0).all(), 'pushes out of the box'
            free = np.ones(NUMBERS, bool)
            free[guarded[np.abs(beyond) > 0.75]] = False  # where the box may demand to brake
            assert (np.abs(safe - before)[free] <= max_change + ROUNDING).all()
            inward = np.abs(safe) <= np.abs(before) + max_change + ROUNDING
            assert inward.all(), 'even there it only brakes'
            before[:] = safe
            count += ROBOTS
    assert count == 1_000_000
