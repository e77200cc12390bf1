# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Behavior of the pace: the ratio of updates to stored transitions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import pytest
from sac_learner.pace import Pace, PaceState


def pay(pace: Pace) -> int:
    steps = pace.steps_owed()
    pace.took(steps)
    return steps


def test_nothing_is_owed_up_to_the_start_of_training() -> None:
    pace = Pace(utd_ratio=8, training_starts=300)
    pace.observe(300)
    assert pace.steps_owed() == 0
    assert pace.measured_utd() == 0.0


def test_each_transition_beyond_the_start_owes_one_step() -> None:
    pace = Pace(utd_ratio=8, training_starts=300)
    pace.observe(330)
    assert pace.steps_owed() == 30
    pace.took(1)
    assert pace.steps_owed() == 29


@given(
    arrivals=st.lists(st.integers(0, 500), max_size=50),
    starts=st.integers(0, 400),
    utd_ratio=st.integers(1, 20),
)
def test_lockstep_meets_the_ratio_exactly(
    arrivals: list[int], starts: int, utd_ratio: int
) -> None:
    pace = Pace(utd_ratio=utd_ratio, training_starts=starts, max_debt_steps=None)
    steps = 0
    for n in arrivals:
        pace.observe(n)
        steps += pay(pace)
    beyond = max(0, sum(arrivals) - starts)
    assert steps == beyond
    assert pace.measured_utd() == (utd_ratio if beyond else 0.0)


@given(
    events=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=60),
    cap=st.integers(1, 100),
)
def test_debt_never_exceeds_its_cap_and_never_goes_below_zero(
    events: list[tuple[int, int]], cap: int
) -> None:
    pace = Pace(utd_ratio=8, training_starts=10, max_debt_steps=cap)
    for arrived, possible in events:
        pace.observe(arrived)
        assert 0 <= pace.steps_owed() <= cap
        pace.took(min(possible, pace.steps_owed()))


def test_debt_after_an_outage_is_forgiven_and_shows_in_the_measured_ratio() -> None:
    pace = Pace(utd_ratio=8, training_starts=0, max_debt_steps=1000)
    pace.observe(4000)
    assert pay(pace) == 1000
    assert pace.measured_utd() == 2.0
    pace.observe(1)
    assert pace.steps_owed() == 1


def test_batches_of_usual_size_lose_no_step_to_the_default_cap() -> None:
    pace = Pace(utd_ratio=8, training_starts=300)
    for _ in range(100):
        pace.observe(30)
        pay(pace)
    assert pace.measured_utd() == 8.0


def test_counters_go_on_after_a_restart() -> None:
    pace = Pace(utd_ratio=8, training_starts=10)
    pace.observe(50)
    pace.took(15)
    restarted = Pace(utd_ratio=8, training_starts=10)
    restarted.load(pace.state())
    assert restarted.steps_owed() == 25
    assert restarted.measured_utd() == pace.measured_utd() == 3.0


def test_another_ratio_is_measured_from_its_change_on_and_all_updates_are_counted() -> None:
    pace = Pace(utd_ratio=8, training_starts=10)
    pace.observe(50)
    assert pay(pace) == 40
    pace.change_ratio(3)
    assert pace.measured_utd() == 0.0
    pace.observe(20)
    assert pay(pace) == 20
    assert (pace.measured_utd(), pace.updates) == (3.0, 8 * 40 + 3 * 20)
    restarted = Pace(utd_ratio=3, training_starts=10)
    restarted.load(pace.state())
    assert (restarted.measured_utd(), restarted.updates) == (3.0, 380)


def test_counters_from_before_the_ratio_could_change_are_completed() -> None:
    pace = Pace(utd_ratio=8, training_starts=10)
    pace.load(PaceState(transitions=50, steps=40))
    assert (pace.measured_utd(), pace.updates) == (8.0, 320)


@pytest.mark.parametrize(
    ('field', 'value'), [('utd_ratio', 0), ('training_starts', -1), ('max_debt_steps', 0)]
)
def test_value_outside_its_range_is_refused_naming_field_and_value(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=f'{field} .* got {value}'):
        Pace(**{'utd_ratio': 8, 'training_starts': 300, field: value})
