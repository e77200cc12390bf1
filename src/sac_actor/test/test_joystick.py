# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which joysticks count: those that were at rest, whose messages are news."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sac_actor.joy_mapping import JoySettings
from sac_actor.joystick import Joystick
from sac_core.testing import FakeClock

HELD, LOOSE = (0, 1), (0, 0)


class Pad:
    """Two triggers that rest where the driver says, a deadman, a stamp for each message."""

    def __init__(self, *rests: float) -> None:
        self.clock = FakeClock()
        settings = JoySettings(
            axes=(0, 2),
            scales=(1.0, 1.0),
            rests=rests or (0.0,),
            deadman_button=1,
            emergency_button=0,
        )
        self.joystick = Joystick(settings, clock=self.clock)
        self.stamp = 1_000_000_000
        self.say([0.0, 0.0, 0.0])  # the first stamp counts for nothing

    def say(
        self, axes: Sequence[float], buttons: Sequence[int] = LOOSE, *, stamp: int | None = None
    ) -> list[float] | None:
        self.clock.now += 0.02
        self.stamp += 20_000_000
        action = self.joystick.action(axes, buttons, stamp=self.stamp if stamp is None else stamp)
        return None if action is None else action.tolist()


@pytest.mark.parametrize('rest', [1.0, -1.0])
def test_a_trigger_that_rests_elsewhere_than_it_was_said_drives_nothing(rest: float) -> None:
    pad = Pad()
    assert pad.say([rest, 0.0, 0.0]) is None
    assert pad.say([rest, 0.0, 0.0], HELD) is None
    assert pad.joystick.doubt == (
        f'axis 0 is at {rest:.2f} and was never seen at its rest, 0: let it go, or set rests'
    )


def test_a_trigger_that_is_not_reported_before_it_moves_must_be_moved_once() -> None:
    pad = Pad(1.0, 1.0)
    assert pad.say([0.0, 0.0, 0.0]) is None
    assert pad.say([0.0, 0.0, 1.0], HELD) is None
    pad.say([1.0, 0.0, 1.0])
    assert pad.say([1.0, 0.0, 1.0], HELD) == [0.0, 0.0]
    assert pad.say([-1.0, 0.0, 1.0], HELD) == [-1.0, 0.0]


def test_a_deadman_that_is_held_from_the_start_must_be_let_go_first() -> None:
    pad = Pad()
    assert pad.say([0.0, 0.0, 0.0], HELD) is None
    assert pad.joystick.doubt == 'deadman_button 1 must be let go first'
    pad.say([0.0, 0.0, 0.0])
    assert not pad.joystick.doubt
    assert pad.say([1.0, 0.0, 0.0], HELD) == [1.0, 0.0]


def resting() -> Pad:
    pad = Pad()
    pad.say([0.0, 0.0, 0.0])
    assert pad.say([1.0, 0.0, 0.0], HELD) == [1.0, 0.0]
    return pad


def test_after_a_silence_it_must_be_seen_at_rest_again() -> None:
    pad = resting()
    pad.clock.now += 0.6
    pad.joystick.look()
    assert pad.joystick.doubt == 'no news of it'
    assert pad.say([1.0, 0.0, 0.0], HELD) is None
    pad.say([0.0, 0.0, 0.0])
    assert pad.say([1.0, 0.0, 0.0], HELD) == [1.0, 0.0]


@pytest.mark.parametrize('stamp', [None, 0])
def test_a_stamp_that_stands_still_or_is_gone_counts_for_nothing(stamp: int | None) -> None:
    pad = resting()
    again = pad.stamp if stamp is None else stamp
    for _ in range(40):
        with pytest.raises(ValueError, match='must be later than the one before it'):
            pad.say([1.0, 0.0, 0.0], HELD, stamp=again)
    assert pad.say([1.0, 0.0, 0.0], HELD) is None, 'lost by now'


def test_a_driver_that_never_stamps_is_believed() -> None:
    pad = Pad()
    pad.joystick = Joystick(JoySettings(axes=(0, 2), scales=(1.0, 1.0)), clock=pad.clock)
    buttons = [0, 0, 0, 0, 1]
    assert pad.say([0.0, 0.0, 0.0], [0] * 5, stamp=0) is None
    assert pad.say([1.0, 0.0, 0.0], buttons, stamp=0) == [1.0, 0.0]


def test_the_drivers_clock_set_back_costs_one_message() -> None:
    pad = resting()
    pad.stamp -= 120_000_000_000
    with pytest.raises(ValueError, match='must be later'):
        pad.say([1.0, 0.0, 0.0], HELD)
    assert pad.say([1.0, 0.0, 0.0], HELD) == [1.0, 0.0]


@pytest.mark.parametrize('axes', [[1.0], [float('nan'), 0.0, 0.0], [1.5, 0.0, 0.0]])
def test_a_joystick_that_has_talked_nonsense_must_be_seen_at_rest_again(
    axes: list[float],
) -> None:
    pad = resting()
    with pytest.raises(ValueError, match='axes'):
        pad.say(axes, HELD)
    assert pad.say([1.0, 0.0, 0.0], HELD) is None
