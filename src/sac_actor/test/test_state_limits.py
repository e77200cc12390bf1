# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Near a wall the outward share of an action falls to nothing, and the way back stays open."""

from __future__ import annotations

import numpy as np
import pytest
from sac_actor.safety_filter import SafetyFilter
from sac_actor.state_limits import parse_state_limits, StateLimit, StateLimits

RULE = 'observation=0 action=1 low=-0.5 high=1 margin=0.5'


def limits_at(position: float, text: str = RULE) -> tuple[float, float]:
    """What a rule leaves of the action that moves the robot."""
    limits = StateLimits(parse_state_limits(text), observation_dim=3, action_dim=2)
    low, high = np.full(2, -1.0, np.float32), np.full(2, 1.0, np.float32)
    limits.narrow(np.array([position, 9, 9], np.float32), low, high)
    assert (low[0], high[0]) == (-1.0, 1.0)
    return float(low[1]), float(high[1])


@pytest.mark.parametrize(
    ('position', 'low', 'high'),
    [
        (0.25, -1.0, 1.0),
        (0.75, -1.0, 0.5),
        (1.0, -1.0, 0.0),
        (7.0, -1.0, 0.0),
        (-0.25, -0.5, 1.0),
        (-0.5, 0.0, 1.0),
        (-7.0, 0.0, 1.0),
    ],
)
def test_the_outward_share_falls_within_the_margin(
    position: float, low: float, high: float
) -> None:
    assert limits_at(position) == pytest.approx((low, high))


def test_a_positive_action_may_lower_the_number() -> None:
    assert limits_at(0.75, RULE + ' direction=-1') == pytest.approx((-0.5, 1.0))


def test_of_several_rules_for_one_action_the_narrowest_counts() -> None:
    both = f'{RULE}; observation=0 action=1 low=-9 high=0.8 margin=0.5;'
    assert limits_at(0.75, both)[1] == pytest.approx(0.1)


def test_a_robot_that_pushes_outward_comes_to_rest_within_the_walls() -> None:
    limits = StateLimits(parse_state_limits(RULE), observation_dim=3, action_dim=2)
    for push, wall in ((1.0, 1.0), (-1.0, -0.5)):
        safety = SafetyFilter(2, max_change=0.2, state_limits=limits)
        state = np.zeros(3, np.float32)
        for _ in range(300):
            action = safety.apply(np.array([0.0, push], np.float32), state)
            state[0] += 0.05 * action[1]
        assert abs(state[0] - wall) < 1e-3
        assert abs(state[0]) <= abs(wall)
        assert safety.blocked > 0


def test_a_rule_is_read_with_its_fields() -> None:
    assert parse_state_limits(f' {RULE} ;') == (
        StateLimit(observation=0, action=1, low=-0.5, high=1.0, margin=0.5),
    )
    assert parse_state_limits('') == ()


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (RULE.replace('margin=0.5', 'margin=0.8'), 'margin must be above 0 and at most half'),
        (RULE.replace('margin=0.5', 'margin=0'), 'margin must be above 0'),
        (RULE.replace('low=-0.5', 'low=2'), 'low must be below high, got 2 and 1'),
        (RULE.replace('high=1', 'high=inf'), 'high must be finite, got inf'),
        (RULE.replace('observation=0', 'observation=-1'), 'observation must be at least 0'),
        (RULE + ' direction=2', 'direction must be 1 or -1, got 2'),
        (RULE.replace('low', 'lwo'), "no such field: 'lwo'"),
        (RULE.replace('low=-0.5 ', ''), 'low'),
        ('nonsense', "state_limits 'nonsense'"),
    ],
)
def test_a_bad_rule_is_refused_with_its_text(text: str, message: str) -> None:
    with pytest.raises(ValueError, match='state_limits ') as error:
        parse_state_limits(text)
    assert message in str(error.value)
