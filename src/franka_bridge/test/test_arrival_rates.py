# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A state that comes too seldom, or again and again with one stamp, is told with its topic."""

from __future__ import annotations

from franka_bridge.arrival_rates import ArrivalRates
from franka_bridge.driver_state import DriverState, JOINTS, POSE, WRENCH
import numpy as np
import pytest

from .fake_arm import World

pytestmark = pytest.mark.node


def slow_topics(rate: float) -> str:
    """Let the joints come at a rate [Hz], all else at 100 Hz, where 50 are wanted."""
    driver = DriverState([JOINTS, POSE, WRENCH])
    rates = ArrivalRates(driver, 50.0)
    due = 0.0
    for tick in range(500):
        now = 10.0 + 0.01 * tick
        for part in (POSE, WRENCH):
            driver.put(part, np.zeros(6), time=now, stamp=now)
        if rate and now >= due:
            driver.put(JOINTS, np.zeros(7), time=now, stamp=now)
            due = now + 1.0 / rate - 1e-6
        rates.look(now)
    return rates.slow


def test_a_topic_that_comes_too_seldom_is_named_with_its_rate() -> None:
    assert slow_topics(25.0) == 'franka/joint_states at 25 Hz: at least 50 Hz wanted'


@pytest.mark.parametrize('rate', [50.0, 100.0])
def test_a_topic_that_comes_often_enough_is_not(rate: float) -> None:
    assert slow_topics(rate) == ''


def test_a_topic_that_does_not_come_is_no_slow_one() -> None:
    assert slow_topics(0.0) == ''


def silent(world: World, *, stamp: float | None) -> str:
    """Let the joints say nothing, or always the same stamp; return the fault."""
    driver = world.driver.state
    for _ in range(40):
        world.now += 0.01
        driver.put(POSE, np.zeros(3), np.zeros(4), time=world.now, stamp=world.now)
        if stamp is not None:
            driver.put(JOINTS, *[np.zeros(7)] * 3, time=world.now, stamp=stamp)
        world.runner.look(world.now)
    return str(world.runner.fault)


def test_a_stamp_that_stands_still_is_told_from_a_topic_that_is_silent() -> None:
    world = World()
    world.appear()
    assert silent(world, stamp=0.0).startswith(
        'state stale: franka/joint_states has the stamp 0.000 s again and again'
    )
    world = World()
    world.appear()
    assert silent(world, stamp=None) == 'state stale: franka/joint_states older than 0.2 s'


def test_a_clock_that_is_ahead_or_behind_makes_no_state_stale() -> None:
    world = World()
    world.appear()
    for offset in (3600.0, -3600.0):
        for _ in range(40):
            world.now += 0.01
            world.measure()
            arrival = world.driver.state.arrivals[JOINTS]
            arrival.stamp += offset
            world.runner.look(world.now)
        assert world.runner.fault is None


def test_torques_that_are_unknown_are_no_fault_but_positions_are() -> None:
    world = World()
    world.measure()
    driver = world.driver.state
    unknown = np.full(7, np.nan)
    stamp = world.now + 0.001
    driver.put(JOINTS, world.joints, np.zeros(7), unknown, time=world.now, stamp=stamp)
    world.runner.look(world.now)
    assert world.runner.fault is None
    assert world.runner.is_present
    driver.put(JOINTS, unknown, np.zeros(7), unknown, time=world.now, stamp=stamp + 0.001)
    world.runner.look(world.now)
    assert str(world.runner.fault) == 'state not finite: joint_positions'
