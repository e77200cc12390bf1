# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of who may keep the robot still."""

from __future__ import annotations

from sac_actor.stop_arbiter import StopArbiter
from sac_core.states import StopCode


def test_the_robot_may_move_while_nobody_objects() -> None:
    stop_arbiter = StopArbiter()
    assert stop_arbiter.may_move
    assert stop_arbiter.reason == ''


def test_after_the_emergency_stop_only_an_operator_lets_the_robot_move() -> None:
    stop_arbiter = StopArbiter()
    stop_arbiter.press_emergency_stop()
    assert not stop_arbiter.hold(False)
    assert stop_arbiter.reason == 'emergency stop'
    stop_arbiter.release_emergency_stop()
    assert not stop_arbiter.may_move
    assert stop_arbiter.reason == 'held by an operator'
    assert stop_arbiter.hold(False)
    assert stop_arbiter.may_move


def test_each_watchdog_clears_its_own_stop_only() -> None:
    stop_arbiter = StopArbiter()
    stop_arbiter.stop('observation', 'no observation for 0.5 s')
    stop_arbiter.stop('policy', 'not finite')
    stop_arbiter.stop('policy', 'not finite')
    stop_arbiter.clear('observation')
    assert not stop_arbiter.may_move
    assert stop_arbiter.reason == 'not finite'
    stop_arbiter.clear('policy')
    stop_arbiter.clear('policy')
    assert stop_arbiter.may_move
    assert stop_arbiter.stops == 2


def test_the_release_of_an_operator_leaves_the_watchdogs_in_charge() -> None:
    stop_arbiter = StopArbiter()
    stop_arbiter.stop('observation', 'stale')
    stop_arbiter.hold(True)
    assert stop_arbiter.reason == 'held by an operator'
    stop_arbiter.hold(False)
    assert not stop_arbiter.may_move
    assert stop_arbiter.is_stopped


def test_the_code_names_the_kind_of_the_reason_that_comes_first() -> None:
    stop_arbiter = StopArbiter()
    assert stop_arbiter.code == ''
    stop_arbiter.stop('observation', 'stale')
    assert stop_arbiter.code == StopCode.WATCHDOG
    stop_arbiter.hold(True)
    assert stop_arbiter.code == StopCode.OPERATOR
    stop_arbiter.press_emergency_stop()
    assert stop_arbiter.code == StopCode.EMERGENCY
