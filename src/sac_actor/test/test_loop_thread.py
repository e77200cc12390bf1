# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The control thread: its clock, its lockstep, and what becomes of a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import threading
import time
from typing import Any

import pytest
from sac_actor.action_selector import ActionSelector
from sac_actor.control_loop import ControlLoop
from sac_actor.decision import Decision
from sac_actor.human_control import HumanControl
from sac_actor.loop_thread import LoopThread
from sac_actor.policy_runner import PolicyRunner
from sac_actor.safety_filter import SafetyFilter
from sac_actor.stop_arbiter import StopArbiter
from sac_actor.watchdogs.non_finite_action import NonFiniteActionWatchdog
from sac_core.testing import FakeClock, until
from sac_core.time_step import TimeStep

from .fakes import FakeRobot, make_spec, make_watchdogs, make_weights

pytestmark = pytest.mark.timeout(20)
PERIOD = 0.02  # [s]


def make_loop(
    send: Callable[[Decision], None], stop_arbiter: StopArbiter | None = None
) -> ControlLoop:
    runner = PolicyRunner(make_spec(), random_steps=0, deterministic=True, seed=0)
    runner.swap(make_weights())
    stop_arbiter = stop_arbiter or StopArbiter()
    human = HumanControl()
    return ControlLoop(
        selector=ActionSelector(
            make_spec(),
            runner=runner,
            safety_filter=SafetyFilter(2, max_change=2.0),
            intervention=human.intervention,
            policy_numbers=NonFiniteActionWatchdog(stop_arbiter),
        ),
        stop_arbiter=stop_arbiter,
        human=human,
        queue=None,
        send=send,
        report=lambda episode: None,
    )


_threads: list[LoopThread] = []


def new_thread(*arguments: Any, **options: Any) -> LoopThread:
    """Create a loop thread that ends with the test, whatever becomes of it."""
    options = {'watchdogs': make_watchdogs(StopArbiter())} | options
    _threads.append(LoopThread(*arguments, **options))
    return _threads[-1]


@pytest.fixture(autouse=True)
def _stop_threads() -> Iterator[None]:
    yield
    while _threads:
        _threads.pop().stop()


class ClockBench:
    """A loop thread on a fake clock that stands still after a number of ticks.

    :param durations: [s] that each tick takes, by its number; the others take none
    :param observed: arrives before the first tick
    :param late: [s] that a sleep before a tick lasts too long, by the tick's number
    :param way_out: [s] from the end of a tick until its command has gone out
    """

    def __init__(
        self,
        ticks: int,
        *,
        durations: dict[int, float] | None = None,
        late: dict[int, float] | None = None,
        observed: TimeStep | None = None,
        way_out: float = 0.0,
    ) -> None:
        self.clock = FakeClock()
        self._way_out = way_out
        self.begun: list[float] = []
        self._last = ticks
        self._durations = durations or {}
        self._late = late or {}
        self._start = self.clock.now
        self.thread = new_thread(
            make_loop(lambda decision: None),
            rate=1 / PERIOD,
            may_act=lambda: False,
            after_tick=self._after_tick,
            clock=self._now,
            sleep=self._sleep,
        )
        if observed is not None:
            self.thread.put(observed)
        self.thread.start()
        until(lambda: len(self.begun) == ticks)
        self.thread.stop()

    def _now(self) -> int:
        return self.clock.nanoseconds()

    def _sleep(self, seconds: float) -> None:
        number = len(self.begun)
        if number >= self._last:
            time.sleep(0.001)
            return
        due = self.clock.now + seconds
        self.clock.sleep(seconds)
        if due >= self._start + PERIOD * (number + 1) - 1e-9:
            self.clock.now += self._late.pop(number, 0.0)

    def _after_tick(self) -> None:
        self.begun.append(self.clock.now - self._start)
        self.clock.now += self._way_out
        self.thread.command_sent()
        self.clock.now += self._durations.get(len(self.begun) - 1, 0.0)

    @property
    def periods(self) -> list[int]:
        """When each tick began, in periods since the start, if it began on the grid."""
        return [round(begun / PERIOD, 3) for begun in self.begun]


def test_ticks_keep_to_absolute_deadlines_without_drift() -> None:
    bench = ClockBench(200, durations={n: 0.007 for n in range(200)})
    assert bench.periods == list(range(1, 201))
    assert (bench.thread.overruns, bench.thread.ticks) == (0, 200)


def test_a_tick_that_wakes_late_does_not_shift_the_next() -> None:
    bench = ClockBench(5, late={2: 0.3 * PERIOD})
    assert bench.periods == [1, 2, 3.3, 4, 5]
    assert bench.thread.overruns == 0


def test_missed_deadlines_are_counted_and_not_caught_up() -> None:
    bench = ClockBench(6, durations={2: 3.5 * PERIOD})
    assert bench.periods == [1, 2, 3, 7, 8, 9]
    assert bench.thread.overruns == 3


def test_statistics_say_how_long_the_longest_period_was() -> None:
    bench = ClockBench(6, durations={2: 3.5 * PERIOD})
    summary = bench.thread.periods.take()
    assert summary.longest == pytest.approx(4 * PERIOD)
    assert summary.mean == pytest.approx(8 * PERIOD / 5)


def test_lateness_is_measured_from_the_deadline() -> None:
    summary = ClockBench(5, late={2: 0.3 * PERIOD}).thread.lateness.take()
    assert (summary.count, summary.longest) == (5, pytest.approx(0.3 * PERIOD))
    assert summary.mean == pytest.approx(0.06 * PERIOD)


def test_latency_counts_from_the_arrival_of_an_observation_until_its_answer_has_gone_out() -> None:
    thread = ClockBench(5, observed=FakeRobot().newest, way_out=0.003).thread
    summary = thread.latency.take()
    assert (summary.count, summary.longest) == (1, pytest.approx(PERIOD + 0.003))
    assert thread.observation_age == pytest.approx(5 * PERIOD + 0.003)


def test_a_slow_clock_can_be_stopped_at_once() -> None:
    thread = new_thread(
        make_loop(lambda decision: None),
        rate=0.001,
        may_act=lambda: False,
        after_tick=lambda: None,
    )
    thread.start()
    begun = time.monotonic()
    thread.stop()
    assert time.monotonic() - begun < 5.0
    assert thread.ticks == 0


def test_a_thread_that_was_never_started_can_be_stopped() -> None:
    thread = new_thread(
        make_loop(lambda decision: None), rate=50.0, may_act=bool, after_tick=lambda: None
    )
    thread.stop()


class LockstepBench:
    """A loop thread in lockstep with a robot that answers at once, as long as it may act."""

    def __init__(self, *, allowed: int, clock: FakeClock | None = None) -> None:
        self.robot = FakeRobot(episode_length=1000)
        self.allowed = allowed
        self.lose = 0
        clock = clock or FakeClock()
        self.stop_arbiter = StopArbiter()
        self.loop = make_loop(self._send, self.stop_arbiter)
        self.thread = new_thread(
            self.loop,
            rate=0.0,
            may_act=lambda: self.loop.env_steps < self.allowed,
            after_tick=lambda: None,
            clock=clock.nanoseconds,
        )
        self.thread.put(self.robot.outbox.popleft())
        self.thread.start()

    def _send(self, decision: Decision) -> None:
        if self.lose:
            self.lose -= 1
            return
        self.robot.command(decision)
        while self.robot.outbox:
            self.thread.put(self.robot.outbox.popleft())


def test_lockstep_answers_each_observation_and_stops_where_the_learner_must_act() -> None:
    bench = LockstepBench(allowed=500)
    until(lambda: bench.loop.env_steps == 500)
    bench.thread.stop()
    assert len(bench.robot.executed) == 500
    assert bench.loop.stale_ticks == 0


def test_no_permission_is_lost_however_it_meets_the_loop() -> None:
    bench = LockstepBench(allowed=0)
    for allowed in range(1, 400):
        bench.allowed = allowed
        bench.thread.wake()
        until(lambda: bench.loop.env_steps == bench.allowed)
    bench.thread.stop()
    assert len(bench.robot.executed) == 399


def test_lockstep_goes_on_after_a_hold_though_nobody_wakes_it() -> None:
    bench = LockstepBench(allowed=10)
    until(lambda: bench.loop.env_steps == 10)
    bench.stop_arbiter.hold(True)
    until(lambda: bench.robot.stops > 0)
    bench.allowed = 20
    bench.thread.wake()
    bench.stop_arbiter.hold(False)
    until(lambda: bench.loop.env_steps == 20)
    bench.thread.stop()


def test_in_lockstep_a_command_without_an_answer_is_repeated() -> None:
    clock = FakeClock()
    bench = LockstepBench(allowed=3, clock=clock)
    until(lambda: bench.loop.env_steps == 3)
    bench.lose = 1
    bench.allowed = 5
    bench.thread.wake()
    until(lambda: bench.lose == 0)
    clock.now += 1.1
    until(lambda: bench.loop.env_steps == 5)
    bench.thread.stop()
    assert len(bench.robot.executed) == 5
    assert bench.loop.stale_ticks > 0
    assert bench.thread.stale_ticks == 0  # there is no clock whose tick could have been missed


@pytest.mark.parametrize('rate', [0.0, 500.0])
def test_a_failure_ends_the_thread_and_is_reported(
    rate: float, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(decision: Decision) -> None:
        raise ArithmeticError('the arm is on fire')

    thread = new_thread(make_loop(fail), rate=rate, may_act=lambda: True, after_tick=lambda: None)
    thread.put(FakeRobot().newest)
    thread.start()
    until(lambda: bool(thread.failure))
    thread.stop()
    assert 'control loop failed' in thread.failure
    assert 'the arm is on fire' in thread.failure
    assert '\n' not in thread.failure
    assert 'Traceback' in capsys.readouterr().err


@pytest.mark.parametrize('rate', [0.0, 500.0])
def test_a_stopped_loop_can_be_started_again(rate: float) -> None:
    robot = FakeRobot(episode_length=10_000)
    names = set()

    def send(decision: Decision) -> None:
        names.add(threading.current_thread().name)
        robot.command(decision)
        while robot.outbox:
            thread.put(robot.outbox.popleft())

    loop = make_loop(send)
    thread = new_thread(loop, rate=rate, may_act=lambda: True, after_tick=lambda: None)
    thread.put(robot.outbox.popleft())
    for goal in (5, 10):
        thread.start()
        until(lambda: loop.env_steps >= goal)  # noqa: B023
        thread.stop()
        steps = loop.env_steps
        assert thread.failure == ''
    assert robot.stops >= 2, 'each time it was left still'
    assert len(robot.executed) <= steps + 2  # the last step before each stop is not stored
    assert names == {'control'}
