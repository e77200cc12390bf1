# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Work beside the control loop begins only where it does not get in the way of a tick."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sac_actor.tick_gate import TickGate

PERIOD = 20_000_000
DUE = 10 * PERIOD


class World:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self, now_ns: int) -> None:
        self.now_ns = now_ns
        self.meanwhile: Callable[[], None] = lambda: None
        self.gate = TickGate(PERIOD, clock=lambda: self.now_ns, sleep=self._sleep)
        self.gate.due_ns = DUE

    def _sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now_ns += round(seconds * 1e9)
        self.meanwhile()


@pytest.mark.parametrize('left', [PERIOD, PERIOD // 2, PERIOD // 10])
def test_there_is_time_for_work_well_before_a_tick(left: int) -> None:
    world = World(DUE - left)
    world.gate.yield_to_tick()
    assert world.now_ns == DUE - left


def test_shortly_before_a_tick_work_waits_until_the_tick_is_over() -> None:
    world = World(DUE - PERIOD // 20)

    def end_tick() -> None:
        if world.now_ns > DUE + 300_000:
            world.gate.due_ns = DUE + PERIOD

    world.meanwhile = end_tick
    world.gate.yield_to_tick()
    assert DUE + 300_000 < world.now_ns < DUE + 600_000


def test_a_tick_that_does_not_come_holds_up_nobody_for_long() -> None:
    world = World(DUE - 1)
    world.gate.yield_to_tick()
    assert DUE < world.now_ns <= DUE + PERIOD


def test_a_loop_that_stands_still_is_not_waited_for() -> None:
    world = World(DUE - 1)
    world.gate.due_ns = 0
    world.gate.yield_to_tick()
    assert world.now_ns == DUE - 1


def test_a_loop_that_ends_lets_those_go_who_wait() -> None:
    world = World(DUE - PERIOD // 20)
    world.meanwhile = lambda: setattr(world.gate, 'due_ns', 0)
    world.gate.yield_to_tick()
    assert world.now_ns <= DUE
