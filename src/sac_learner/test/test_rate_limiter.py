# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Behavior of the rate_limiter: the ratio of updates to stored transitions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import pytest
from sac_learner.rate_limiter import RateLimiter, RateLimiterState


def pay(rate_limiter: RateLimiter) -> int:
    steps = rate_limiter.backlog()
    rate_limiter.count_steps(steps)
    return steps


def test_nothing_is_owed_up_to_the_start_of_training() -> None:
    rate_limiter = RateLimiter(utd_ratio=8, training_starts=300)
    rate_limiter.observe(300)
    assert rate_limiter.backlog() == 0
    assert rate_limiter.measured_utd() == 0.0


def test_each_transition_beyond_the_start_owes_one_step() -> None:
    rate_limiter = RateLimiter(utd_ratio=8, training_starts=300)
    rate_limiter.observe(330)
    assert rate_limiter.backlog() == 30
    rate_limiter.count_steps(1)
    assert rate_limiter.backlog() == 29


@given(
    arrivals=st.lists(st.integers(0, 500), max_size=50),
    starts=st.integers(0, 400),
    utd_ratio=st.integers(1, 20),
)
def test_lockstep_meets_the_ratio_exactly(
    arrivals: list[int], starts: int, utd_ratio: int
) -> None:
    rate_limiter = RateLimiter(utd_ratio=utd_ratio, training_starts=starts, max_debt_steps=None)
    steps = 0
    for n in arrivals:
        rate_limiter.observe(n)
        steps += pay(rate_limiter)
    beyond = max(0, sum(arrivals) - starts)
    assert steps == beyond
    assert rate_limiter.measured_utd() == (utd_ratio if beyond else 0.0)


@given(
    events=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=60),
    cap=st.integers(1, 100),
)
def test_debt_never_exceeds_its_cap_and_never_goes_below_zero(
    events: list[tuple[int, int]], cap: int
) -> None:
    rate_limiter = RateLimiter(utd_ratio=8, training_starts=10, max_debt_steps=cap)
    for arrived, possible in events:
        rate_limiter.observe(arrived)
        assert 0 <= rate_limiter.backlog() <= cap
        rate_limiter.count_steps(min(possible, rate_limiter.backlog()))


def test_debt_after_an_outage_is_forgiven_and_shows_in_the_measured_ratio() -> None:
    rate_limiter = RateLimiter(utd_ratio=8, training_starts=0, max_debt_steps=1000)
    rate_limiter.observe(4000)
    assert pay(rate_limiter) == 1000
    assert rate_limiter.measured_utd() == 2.0
    rate_limiter.observe(1)
    assert rate_limiter.backlog() == 1


def test_batches_of_usual_size_lose_no_step_to_the_default_cap() -> None:
    rate_limiter = RateLimiter(utd_ratio=8, training_starts=300)
    for _ in range(100):
        rate_limiter.observe(30)
        pay(rate_limiter)
    assert rate_limiter.measured_utd() == 8.0


def test_counters_go_on_after_a_restart() -> None:
    rate_limiter = RateLimiter(utd_ratio=8, training_starts=10)
    rate_limiter.observe(50)
    rate_limiter.count_steps(15)
    restarted = RateLimiter(utd_ratio=8, training_starts=10)
    restarted.load(rate_limiter.state())
    assert restarted.backlog() == 25
    assert restarted.measured_utd() == rate_limiter.measured_utd() == 3.0


def test_another_ratio_is_measured_from_its_change_on_and_all_updates_are_counted() -> None:
    rate_limiter = RateLimiter(utd_ratio=8, training_starts=10)
    rate_limiter.observe(50)
    assert pay(rate_limiter) == 40
    rate_limiter.change_ratio(3)
    assert rate_limiter.measured_utd() == 0.0
    rate_limiter.observe(20)
    assert pay(rate_limiter) == 20
    assert (rate_limiter.measured_utd(), rate_limiter.updates) == (3.0, 8 * 40 + 3 * 20)
    restarted = RateLimiter(utd_ratio=3, training_starts=10)
    restarted.load(rate_limiter.state())
    assert (restarted.measured_utd(), restarted.updates) == (3.0, 380)


def test_counters_from_before_the_ratio_could_change_are_completed() -> None:
    rate_limiter = RateLimiter(utd_ratio=8, training_starts=10)
    rate_limiter.load(RateLimiterState(transitions=50, steps=40))
    assert (rate_limiter.measured_utd(), rate_limiter.updates) == (8.0, 320)


@pytest.mark.parametrize(
    ('field', 'value'), [('utd_ratio', 0), ('training_starts', -1), ('max_debt_steps', 0)]
)
def test_value_outside_its_range_is_refused_naming_field_and_value(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=f'{field} .* got {value}'):
        RateLimiter(**{'utd_ratio': 8, 'training_starts': 300, field: value})
