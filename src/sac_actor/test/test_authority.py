# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of who may keep the robot still."""

from __future__ import annotations

from sac_actor.authority import Authority
from sac_core.states import StopCode


def test_the_robot_may_move_while_nobody_objects() -> None:
    authority = Authority()
    assert authority.may_move
    assert authority.reason == ''


def test_after_the_emergency_stop_only_an_operator_lets_the_robot_move() -> None:
    authority = Authority()
    authority.press_emergency_stop()
    assert not authority.hold(False)
    assert authority.reason == 'emergency stop'
    authority.let_go_emergency_stop()
    assert not authority.may_move
    assert authority.reason == 'held by an operator'
    assert authority.hold(False)
    assert authority.may_move


def test_each_watchdog_clears_its_own_stop_only() -> None:
    authority = Authority()
    authority.stop('observation', 'no observation for 0.5 s')
    authority.stop('policy', 'not finite')
    authority.stop('policy', 'not finite')
    authority.clear('observation')
    assert not authority.may_move
    assert authority.reason == 'not finite'
    authority.clear('policy')
    authority.clear('policy')
    assert authority.may_move
    assert authority.stops == 2


def test_the_release_of_an_operator_leaves_the_watchdogs_in_charge() -> None:
    authority = Authority()
    authority.stop('observation', 'stale')
    authority.hold(True)
    assert authority.reason == 'held by an operator'
    authority.hold(False)
    assert not authority.may_move
    assert authority.is_stopped


def test_the_code_names_the_kind_of_the_reason_that_comes_first() -> None:
    authority = Authority()
    assert authority.code == ''
    authority.stop('observation', 'stale')
    assert authority.code == StopCode.WATCHDOG
    authority.hold(True)
    assert authority.code == StopCode.OPERATOR
    authority.press_emergency_stop()
    assert authority.code == StopCode.EMERGENCY
