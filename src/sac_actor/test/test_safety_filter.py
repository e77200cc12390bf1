# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Nothing leaves the filter that is not finite, within bounds and within the allowed change."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
import numpy as np
import pytest
from sac_actor.action_limits import ActionLimits
from sac_actor.config import ActorSettings
from sac_actor.safety_filter import safety_filter_for, SafetyFilter
from sac_core.arrays import FloatArray

from .fakes import make_spec

pytestmark = pytest.mark.timeout(60)
RULE = 'observation=0 action=1 low=-1 high=1 margin=0.5'
ROUNDING = 1e-6  # of a difference of two float32 in [-1, 1]

ANY_FLOAT = st.floats(width=32, allow_nan=True, allow_infinity=True, allow_subnormal=False)
ADVERSARIAL = st.sampled_from([np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45, -0.0, 1.0, -1.0])


def check(before: FloatArray, safe: FloatArray, max_change: float) -> None:
    assert np.isfinite(safe).all()
    assert (np.abs(safe) <= 1.0).all()
    assert (np.abs(safe - before) <= max_change + ROUNDING).all()


@given(
    actions=hnp.arrays(
        np.float32, st.tuples(st.integers(1, 20), st.just(4)), elements=ANY_FLOAT | ADVERSARIAL
    ),
    max_change=st.floats(1e-6, 2.0),
)
def test_any_sequence_of_actions_comes_out_safe(actions: FloatArray, max_change: float) -> None:
    safety = SafetyFilter(4, max_change=max_change)
    before = np.zeros(4, np.float32)
    for action in actions:
        safe = safety.apply(action)
        check(before, safe, max_change)
        before = safe.copy()


def limits(low: float, high: float, change: float = 2.0) -> ActionLimits:
    return ActionLimits.of(2, lowest=[low], highest=[high], max_change=change)


@given(
    actions=hnp.arrays(
        np.float32, st.tuples(st.integers(1, 9), st.just(2)), elements=ANY_FLOAT | ADVERSARIAL
    ),
    low=st.floats(-0.5, -0.01),
    high=st.floats(0.01, 0.5),
)
def test_tightened_limits_hold_from_the_next_action_on(
    actions: FloatArray, low: float, high: float
) -> None:
    safety = SafetyFilter(2, lowest=[-0.5], highest=[0.5], max_change=0.3)
    for action in actions:
        safety.apply(action)
    safety.tighten(limits(low, high, 0.1))
    before = None
    for action in actions:
        safe = safety.apply(action)
        assert (safe >= np.float32(low)).all()
        assert (safe <= np.float32(high)).all()
        if before is not None:
            check(before, safe, 0.1)
        before = safe.copy()
    safety.reset()
    assert (np.abs(safety.apply(np.zeros(2, np.float32))) == 0).all()


@pytest.mark.parametrize(
    ('wider', 'message'),
    [
        (limits(-0.6, 0.5, 0.3), r'lowest_action may be tightened .* beyond \[-0.5, -0.5\] as'),
        (limits(-0.5, 0.51, 0.3), r'highest_action may be tightened .* got \[0.51, 0.51\]'),
        (limits(-0.5, 0.5, 0.31), 'max_action_change may be tightened .* beyond 0.3 as'),
    ],
)
def test_limits_are_never_widened_beyond_those_of_the_start(
    wider: ActionLimits, message: str
) -> None:
    safety = SafetyFilter(2, lowest=[-0.5], highest=[0.5], max_change=0.3)
    safety.tighten(limits(-0.1, 0.1, 0.1))
    safety.check(limits(-0.5, 0.5, 0.3))  # back to where it was
    with pytest.raises(ValueError, match=message):
        safety.check(wider)


def test_a_safe_action_passes_unchanged_and_uncounted() -> None:
    safety = SafetyFilter(2, max_change=0.5)
    action = np.array([0.4, -0.3], np.float32)
    assert (safety.apply(action) == action).all()
    assert safety.changed == 0


def test_an_action_out_of_bounds_is_clipped_and_counted() -> None:
    safety = SafetyFilter(2, max_change=2.0)
    assert safety.apply(np.array([1.5, -7.0], np.float32)).tolist() == [1.0, -1.0]
    assert (safety.changed, safety.not_finite) == (1, 0)


def test_a_number_that_is_not_finite_becomes_the_previous_one() -> None:
    safety = SafetyFilter(3, max_change=2.0)
    safety.apply(np.array([0.5, 0.25, 0.1], np.float32))
    action = np.array([np.nan, np.inf, -0.1], np.float32)
    assert safety.apply(action) == pytest.approx([0.5, 0.25, -0.1])
    assert (safety.changed, safety.not_finite) == (1, 1)


def test_the_change_is_limited_from_step_to_step() -> None:
    safety = SafetyFilter(1, max_change=0.3)
    goal = np.ones(1, np.float32)
    assert [float(safety.apply(goal)[0]) for _ in range(4)] == pytest.approx([0.3, 0.6, 0.9, 1.0])
    assert safety.changed == 3


def test_an_episode_begins_from_rest() -> None:
    safety = SafetyFilter(1, max_change=0.3)
    for _ in range(3):
        safety.apply(np.ones(1, np.float32))
    safety.reset()
    assert safety.apply(np.full(1, -1.0, np.float32)) == pytest.approx([-0.3])


def test_the_policys_own_buffer_is_left_alone() -> None:
    safety = SafetyFilter(2, max_change=0.1)
    action = np.array([np.nan, 5.0], np.float32)
    safety.apply(action)
    assert np.isnan(action[0])
    assert action[1] == 5.0


def test_limits_of_each_number_hold_and_are_counted() -> None:
    safety = SafetyFilter(3, lowest=(-0.5, -1.0, 0.1), highest=(0.5, 1.0, 0.2))
    assert safety.apply(np.array([-1, -1, -1], np.float32)) == pytest.approx([-0.5, -1.0, 0.1])
    assert safety.apply(np.array([0.4, 0.9, 0.15], np.float32)) == pytest.approx([0.4, 0.9, 0.15])
    assert (safety.clipped, safety.slowed, safety.changed) == (1, 0, 1)


def test_smoothing_mixes_in_the_previous_action() -> None:
    safety = SafetyFilter(1, smoothing=0.75)
    goal = np.ones(1, np.float32)
    assert [float(safety.apply(goal)[0]) for _ in range(3)] == pytest.approx(
        [0.25, 0.4375, 0.578125]
    )


def test_numbers_of_another_type_are_taken_and_too_large_ones_are_not() -> None:
    safety = SafetyFilter(2)
    assert safety.apply(np.array([0.5, 1e300])).tolist() == [0.5, 0.0]  # type: ignore[arg-type]
    assert safety.not_finite == 1


def test_each_kind_of_change_is_counted_by_itself() -> None:
    safety = SafetyFilter(1, max_change=0.5)
    for value in (0.5, 3.0, -1.0, np.nan):
        safety.apply(np.array([value], np.float32))
    counts = (safety.not_finite, safety.clipped, safety.slowed, safety.changed)
    assert counts == (1, 1, 1, 3)


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        ({'lowest_action': (-0.5, -0.5, -0.5)}, r'lowest_action must hold 1 number for all or 2'),
        ({'lowest_action': (0.5,), 'highest_action': (0.5,)}, r'below highest_action.*0\.5'),
        ({'highest_action': (float('nan'), 1.0)}, 'highest_action'),
        ({'state_limits': RULE, 'lowest_action': (0.5,)}, 'must leave room for 0'),
        ({'state_limits': RULE.replace('action=1', 'action=2')}, 'action must be below 2, got 2'),
    ],
)
def test_a_filter_that_does_not_suit_the_robot_is_refused(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        safety_filter_for(ActorSettings(**settings), make_spec())
