# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""One run on a topic, and in it one partner at a time."""

from __future__ import annotations

import pytest
from sac_core.belonging import check_run, ForeignError, Partner


class Clock:
    """Time that a test sets [s]."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def partner(clock: Clock, *, in_run: bool) -> Partner:
    return Partner('bridge_session', in_run=in_run, patience=2.0, clock=clock)


def test_what_comes_from_another_run_is_refused_by_name() -> None:
    check_run(7, 7, '/actor')
    with pytest.raises(ForeignError, match=r'^/actor belongs to run 8, this node to run 7$'):
        check_run(7, 8, '/actor')
    with pytest.raises(ForeignError, match=r'belongs to run 8, this node to no run \(run_id 0'):
        check_run(0, 8, '/actor')


def test_by_hand_a_second_session_is_refused_while_the_first_one_lives(clock: Clock) -> None:
    followed = partner(clock, in_run=False)
    followed.check(1)
    for _ in range(10):
        clock.now += 1.0
        with pytest.raises(ValueError, match='bridge_session 2 speaks while 1 does'):
            followed.check(2)
        followed.check(1)
    clock.now += 2.0
    followed.check(2)
    assert followed.session == 2


@pytest.mark.parametrize('in_run', [True, False])
def test_one_that_was_replaced_is_not_followed_again(clock: Clock, in_run: bool) -> None:
    followed = partner(clock, in_run=in_run)
    followed.check(1)
    clock.now += 5.0
    followed.check(2)
    clock.now += 5.0
    with pytest.raises(ValueError, match='bridge_session 1 was replaced by 2'):
        followed.check(1)
    assert followed.session == 2


def test_in_a_run_a_restart_is_followed_at_once(clock: Clock) -> None:
    followed = partner(clock, in_run=True)
    followed.check(1)
    followed.check(2)
    assert followed.session == 2


def test_after_a_release_the_next_one_is_followed_and_the_former_one_may_return(
    clock: Clock,
) -> None:
    followed = partner(clock, in_run=False)
    for session in (1, 2, 1):
        followed.check(session)
        followed.release()
