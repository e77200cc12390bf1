# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A robot's description and the scaling of its actions."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies
import numpy as np
import pytest
from sac_core.spaces import ActionScale, RobotSpec


def make_spec(**changed: Any) -> RobotSpec:
    fields: dict[str, Any] = {
        'env_id': 'Robot-v1',
        'observation_dim': 3,
        'action_dim': 2,
        'action_low': np.array([-2.0, 0.0], np.float32),
        'action_high': np.array([2.0, 10.0], np.float32),
        'step_duration': 0.02,
        'max_episode_steps': 100,
        'bridge_session': 5,
    }
    return RobotSpec(**fields | changed)


@pytest.mark.parametrize(
    ('wrong', 'complaint'),
    [
        ({'observation_dim': 0}, 'observation_dim must be at least 1, got 0'),
        ({'action_dim': 0}, 'action_dim must be at least 1, got 0'),
        ({'action_dim': 3}, 'action_low must be 3 finite numbers'),
        ({'action_low': np.array([-np.inf, 0.0], np.float32)}, 'action_low must be 2 finite'),
        ({'action_high': np.array([np.nan, 9.0], np.float32)}, 'action_high must be 2 finite'),
        ({'action_low': np.array([2.0, 0.0], np.float32)}, 'action_low must be below action_high'),
        ({'step_duration': 0.0}, 'step_duration must be above 0 and at most 3600, got 0.0'),
        (
            {'step_duration': float('nan')},
            'step_duration must be above 0 and at most 3600, got nan',
        ),
        (
            {'step_duration': float('inf')},
            'step_duration must be above 0 and at most 3600, got inf',
        ),
    ],
)
def test_a_robot_that_cannot_be_is_refused(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make_spec(**wrong)


def test_two_bridges_of_one_robot_do_not_differ() -> None:
    assert make_spec().difference(make_spec(bridge_session=6, step_duration=0.05)) == ''


@pytest.mark.parametrize(
    ('changed', 'difference'),
    [
        ({'env_id': 'Other-v1'}, 'env_id Robot-v1 against Other-v1'),
        ({'observation_dim': 4}, 'observation_dim 3 against 4'),
        (
            {'action_high': np.array([2.0, 9.0], np.float32)},
            'action_high [2.0, 10.0] against [2.0, 9.0]',
        ),
    ],
)
def test_robots_that_differ_say_in_what(changed: dict[str, Any], difference: str) -> None:
    assert make_spec().difference(make_spec(**changed)) == difference


def test_the_ends_and_the_middle_of_the_policys_range_are_the_robots() -> None:
    scale, out = ActionScale(make_spec()), np.empty(2, np.float32)
    for policy, robot in [(-1.0, [-2.0, 0.0]), (0.0, [0.0, 5.0]), (1.0, [2.0, 10.0])]:
        assert scale.to_robot(np.full(2, policy, np.float32), out).tolist() == robot


@given(
    action=strategies.floats(-1.0, 1.0, width=32),
    low=strategies.floats(-100.0, 100.0, width=32),
    width=strategies.floats(0.125, 100.0, width=32),
)
def test_scaling_there_and_back_changes_nothing_but_rounding(
    action: float, low: float, width: float
) -> None:
    spec = make_spec(
        action_dim=1,
        action_low=np.array([low], np.float32),
        action_high=np.array([low + width], np.float32),
    )
    scale, robot, policy = ActionScale(spec), np.empty(1, np.float32), np.empty(1, np.float32)
    scale.to_robot(np.array([action], np.float32), robot)
    slack = np.abs(spec.action_high - spec.action_low) * 1e-5 + np.abs(robot) * 1e-6
    assert (spec.action_low - slack <= robot).all()
    assert (robot <= spec.action_high + slack).all()
    # Rounding of a value that is large against its range grows in units of the range.
    np.testing.assert_allclose(
        scale.to_policy(robot, policy), [action], atol=1e-5 + 1e-6 * abs(low) / width
    )
