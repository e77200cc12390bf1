# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Deadlines without drift or bursts, and statistics of the periods."""

from __future__ import annotations

from hypothesis import given, strategies
import numpy as np
import pytest
from sac_core.timing import Deadlines, PeriodSamples, Samples, Summary

PERIOD = 20_000_000


def test_deadlines_do_not_drift_when_each_tick_is_a_little_late() -> None:
    deadlines = Deadlines(PERIOD, start_ns=1_000)
    for tick in range(1, 500):
        assert deadlines.advance(deadlines.next_ns + 3_000_000) == 0
        assert deadlines.next_ns == 1_000 + tick * PERIOD


def test_a_pause_is_counted_and_not_caught_up_in_a_burst() -> None:
    deadlines = Deadlines(PERIOD, start_ns=0)
    assert deadlines.advance(int(5.5 * PERIOD)) == 5
    assert deadlines.next_ns == 6 * PERIOD
    assert deadlines.advance(6 * PERIOD) == 0


@given(
    period=strategies.integers(1, 10**9),
    lateness=strategies.lists(strategies.integers(0, 10**10), min_size=1, max_size=20),
)
def test_the_next_deadline_is_the_first_on_the_grid_after_now(
    period: int, lateness: list[int]
) -> None:
    deadlines, passed = Deadlines(period, start_ns=7), 0
    for late in lateness:
        now = deadlines.next_ns + late
        passed += 1 + deadlines.advance(now)
        assert now < deadlines.next_ns <= now + period
        assert deadlines.next_ns == 7 + passed * period


def test_statistics_are_those_of_the_times_between_ticks() -> None:
    random = np.random.default_rng(0)
    periods = random.uniform(0.018, 0.025, 200)
    samples = PeriodSamples()
    for now in np.concatenate([[1.0], 1.0 + np.cumsum(periods)]):
        samples.tick(round(now * 1e9))
    summary = samples.take()
    assert summary.count == 200
    assert summary.mean == pytest.approx(periods.mean(), rel=1e-6)
    assert summary.std == pytest.approx(periods.std(), rel=1e-4)
    assert summary.p99 == pytest.approx(np.percentile(periods, 99), rel=1e-6)
    assert summary.longest == pytest.approx(periods.max(), rel=1e-6)


def test_taking_starts_anew_but_keeps_the_time_since_the_last_tick() -> None:
    samples = PeriodSamples()
    for now in (10 * PERIOD, 11 * PERIOD, 14 * PERIOD):
        samples.tick(now)
    assert samples.take().longest == pytest.approx(0.06)
    assert samples.take() == Summary()
    samples.tick(15 * PERIOD)
    assert samples.take().mean == pytest.approx(0.02)


def test_a_stop_on_purpose_is_no_long_period() -> None:
    samples = PeriodSamples()
    samples.tick(PERIOD)
    samples.forget_last()
    samples.tick(1000 * PERIOD)
    samples.tick(1001 * PERIOD)
    assert samples.take().longest == pytest.approx(0.02)


@given(
    capacity=strategies.integers(1, 8),
    rounds=strategies.lists(strategies.integers(0, 20), max_size=6),
)
def test_each_sample_is_taken_once_and_the_newest_are_kept(
    capacity: int, rounds: list[int]
) -> None:
    samples, value = Samples(capacity), 0
    for count in rounds:
        for _ in range(count):
            value += 1
            samples.add(float(value))
        expected = range(value - min(count, capacity) + 1, value + 1)
        summary = samples.take()
        assert summary.count == len(expected)
        if count:
            assert (summary.mean, summary.longest) == (np.mean(expected), value)
