# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Each watchdog by itself: when it trips, when it lets go, and what it leaves alone."""

from __future__ import annotations

import numpy as np
import pytest
from sac_actor.config import ActorSettings
from sac_actor.stop_arbiter import StopArbiter
from sac_actor.watchdogs.answer import AnswerWatchdog
from sac_actor.watchdogs.clock_jumps import ClockWatchdog
from sac_actor.watchdogs.group import WatchdogGroup
from sac_actor.watchdogs.non_finite_action import NonFiniteActionWatchdog
from sac_actor.watchdogs.overruns import OverrunWatchdog
from sac_actor.watchdogs.reset import ResetWatchdog
from sac_actor.watchdogs.silence import SilenceWatchdog
from sac_actor.watchdogs.watchdog import Watchdog

from .fakes import make_weights, make_wild_weights
from .loop_bench import Bench

SECOND = 10**9
GOOD, BAD = np.zeros(2, np.float32), np.array([0.0, np.nan], np.float32)


def faults(watchdog: Watchdog, *times: float) -> list[bool]:
    return [bool(watchdog.look(round(time * SECOND))) for time in times]


def silence_watchdog() -> SilenceWatchdog:
    watchdog = SilenceWatchdog('silence', 'nothing', timeout=0.5, stops=True)
    watchdog.begin(0)
    return watchdog


def test_silence_trips_after_the_timeout_and_ends_with_a_sign_of_life() -> None:
    watchdog = silence_watchdog()
    assert faults(watchdog, 0.0, 0.5, 0.51, 7.0) == [False, False, True, True]
    assert (watchdog.fault, watchdog.trips) == ('nothing for 0.5 s', 1)
    watchdog.heard(7 * SECOND)
    assert faults(watchdog, 7.1, 7.6) == [False, True]
    assert (watchdog.trips, watchdog.last_fault) == (2, 'nothing for 0.5 s')


def test_silence_is_counted_from_the_begin_of_the_loop() -> None:
    watchdog = silence_watchdog()
    watchdog.begin(100 * SECOND)
    assert faults(watchdog, 100.4, 100.6) == [False, True]


def test_excused_silence_is_no_fault_but_excuses_none_that_is_there() -> None:
    watchdog = silence_watchdog()
    watchdog.excused = True
    assert faults(watchdog, 0.4, 5.0) == [False, False]
    watchdog.excused = False
    assert faults(watchdog, 5.4, 5.6) == [False, True]
    watchdog.excused = True
    assert faults(watchdog, 6.0) == [True]


def test_an_unanswered_command_stops_for_a_while_and_is_then_tried_again() -> None:
    watchdog = AnswerWatchdog(timeout=1.0)
    watchdog.begin(0)
    watchdog.unanswered = True
    assert faults(watchdog, 0.5, 1.0, 1.1) == [False, False, True]
    watchdog.unanswered = False  # a stop needs no answer
    assert faults(watchdog, 1.2, 2.0, 2.2) == [True, True, False]
    assert faults(watchdog, 9.0) == [False]
    watchdog.unanswered = True
    assert faults(watchdog, 9.5, 10.1) == [False, True]
    assert watchdog.trips == 2


def test_answers_that_come_in_time_trip_nothing() -> None:
    watchdog = AnswerWatchdog(timeout=1.0)
    watchdog.begin(0)
    for tick in range(100):
        watchdog.unanswered = tick % 2 == 0
        assert faults(watchdog, tick * 0.9) == [False]


@pytest.mark.parametrize(
    ('missed', 'fault'),
    [
        ([1, 1], False),
        ([1, 1, 0, 1, 1], False),
        ([1, 1, 1], True),
        ([250], True),
        ([250, 0, 0], True),
        ([250, 0, 0, 1, 0, 0], True),
        ([250, 0, 0, 0], False),
    ],
)
def test_overruns_in_a_row_stop_until_as_many_ticks_came_in_time(
    missed: list[int], fault: bool
) -> None:
    watchdog = OverrunWatchdog(limit=3)
    watchdog.begin(0)
    for each in missed:
        watchdog.ticked(each)
        watchdog.look(0)
    assert bool(watchdog.fault) == fault


def test_a_policy_that_says_nan_stops_at_once_until_newer_weights_come() -> None:
    stop_arbiter = StopArbiter()
    watchdog = NonFiniteActionWatchdog(stop_arbiter)
    bad, other = make_weights(version=3), make_weights(version=3)
    watchdog.newest = bad
    assert watchdog.check(GOOD, bad)
    assert stop_arbiter.may_move
    assert not watchdog.check(BAD, bad)
    assert stop_arbiter.reason == 'policy version 3 chose an action that is not finite'
    assert watchdog.evidence is bad
    assert faults(watchdog, 1.0, 2.0) == [True, True]
    watchdog.newest = other  # of the same number, from a learner that was restarted
    assert faults(watchdog, 3.0) == [False]
    assert watchdog.trips == 1


def test_a_policy_that_says_nan_may_try_again_when_an_operator_releases() -> None:
    stop_arbiter = StopArbiter()
    watchdog = NonFiniteActionWatchdog(stop_arbiter)
    watchdog.newest = bad = make_weights()
    stop_arbiter.hold(True)
    stop_arbiter.hold(False)  # released before it happened
    watchdog.check(BAD, bad)
    stop_arbiter.hold(True)
    assert faults(watchdog, 1.0) == [True]
    stop_arbiter.hold(False)
    assert faults(watchdog, 2.0) == [False]
    assert not watchdog.check(BAD, bad)
    assert faults(watchdog, 3.0) == [True]
    assert watchdog.trips == 2


def test_a_jump_of_the_systems_clock_is_shown_for_a_while() -> None:
    times = {0: 1000.0, 1: 1001.0, 2: 1002.09, 3: 5.0, 12: 14.0, 14: 16.0}
    now = 0
    watchdog = ClockWatchdog(limit=0.1, system_clock=lambda: round(times[now] * SECOND))
    found = []
    for now in times:
        found.append(bool(watchdog.look(now * SECOND)))
    assert found == [False, False, False, True, True, False]
    assert watchdog.last_fault == "the system's clock jumped by -998.090 s"


def make_pack(bench: Bench, **settings: object) -> WatchdogGroup:
    return WatchdogGroup(ActorSettings(**settings), bench.stop_arbiter)  # type: ignore[arg-type]


def test_what_stops_the_robot_is_told_to_authority_and_withdrawn() -> None:
    bench = Bench()
    pack = make_pack(bench)
    pack.begin(0)
    pack.bridge.heard(60 * SECOND)
    pack.look(60 * SECOND, bench.loop)
    assert bench.stop_arbiter.reason == 'no observation for 0.5 s'
    pack.observation.heard(60 * SECOND)
    pack.look(60 * SECOND, bench.loop)
    assert bench.stop_arbiter.may_move
    faulty = [each.name for each in pack if each.fault]
    assert faulty == ['learner gone']  # warns, and no more


def test_weights_that_stay_away_stop_the_robot_only_where_that_was_asked_for() -> None:
    for stop in (False, True):
        bench = Bench()
        pack = make_pack(bench, stop_on_stale_weights=stop)
        pack.begin(0)
        for watchdog in (pack.bridge, pack.observation):
            watchdog.heard(61 * SECOND)
        pack.look(61 * SECOND, bench.loop)
        assert pack.weights.fault == 'no new policy weights for 60 s'
        assert bench.stop_arbiter.may_move != stop


def test_in_lockstep_everybody_may_take_their_time() -> None:
    bench = Bench()
    pack = make_pack(bench, control_rate=0.0)
    pack.begin(0)
    pack.overruns.ticked(1000)
    pack.bridge.heard(3000 * SECOND)
    pack.look(3000 * SECOND, bench.loop)
    assert bench.stop_arbiter.may_move


def test_between_episodes_the_bridge_may_take_its_time() -> None:
    bench = Bench()
    pack = make_pack(bench)
    pack.begin(0)
    bench.stop_arbiter.hold(True)
    bench.run(1)
    bench.stop_arbiter.hold(False)
    bench.loop.tick()
    assert bench.robot.commands[-1].reset
    pack.bridge.heard(30 * SECOND)
    pack.look(30 * SECOND, bench.loop)
    assert bench.stop_arbiter.may_move


@pytest.mark.filterwarnings('ignore:overflow', 'ignore:invalid value')
def test_an_action_that_is_not_finite_never_leaves_the_loop() -> None:
    bench = Bench()
    bench.run(2)
    bench.runner.swap(make_wild_weights(version=2))
    bench.run(3)
    assert [command.stop for command in bench.robot.commands] == [False] * 2 + [True] * 3
    assert all(np.isfinite(action).all() for action in bench.robot.executed)
    assert 'policy version 2' in bench.stop_arbiter.reason
    assert [episode.length for episode in bench.episodes] == [2]


@pytest.mark.parametrize('name', ['observation_timeout', 'answer_timeout'])
def test_a_timeout_shorter_than_a_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f'{name} must be longer than a period .* 0.5 s, got 0.4'):
        ActorSettings(**({'control_rate': 2.0, 'observation_timeout': 3.0} | {name: 0.4}))
    ActorSettings(**{'control_rate': 0.0, name: 0.4})


def test_a_reset_may_take_its_time_and_is_told_when_it_does_not_end() -> None:
    watchdog = ResetWatchdog(timeout=60.0, silence=2.0)
    watchdog.begin(0)
    assert faults(watchdog, 99.0) == [False]  # no reset
    watchdog.resetting = True
    watchdog.heard(99 * SECOND)
    assert faults(watchdog, 99.5) == [False]
    assert watchdog.waiting_for == ''
    assert faults(watchdog, 100.5) == [False]
    assert watchdog.waiting_for == "the robot's reset"
    assert faults(watchdog, 102.0) == [False]
    assert watchdog.waiting_for == "the robot's reset, whose bridge is silent"
    watchdog.heard(158 * SECOND)
    assert faults(watchdog, 159.0, 159.1, 162.0) == [False, True, True]
    assert watchdog.fault == 'no episode has begun for 60 s: its bridge is heard'
    watchdog.resetting = False
    assert faults(watchdog, 163.0) == [False]
    assert (watchdog.waiting_for, watchdog.stops) == ('', False)
