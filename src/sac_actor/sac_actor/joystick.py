# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""When a joystick counts: once a person has let it go, and as long as its messages are news."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import time

import numpy as np
from sac_actor.joy_mapping import JoyMapping, JoySettings, UNUSED
from sac_actor.stamps import Stamps
from sac_core.arrays import FloatArray

NO_NEWS = 'no news of it'
_AT_REST = 0.1  # share of the swing; more than the noise of a worn stick


class Joystick:
    """Believes a joystick only after it was at rest: each axis that drives, and the deadman.

    So no hand that touches nothing drives the robot: triggers rest at an end of their swing, some
    drivers report 0 until an axis first moves, and a lost radio link leaves what was pressed.

    :param clock: monotonic [s]
    """

    def __init__(
        self, settings: JoySettings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._mapping = JoyMapping(settings)
        self._stamps = Stamps()
        self._newest = 0.0  # when the newest news arrived [s]
        self._unrested: set[int] = set()  # numbers of an action whose axis was never at rest
        self._released = False  # whether the deadman was seen released
        self.doubt = ''  # why it does not count; empty: it does
        self._forget()

    def _forget(self) -> None:
        """Demand to see it at rest (again)."""
        self._unrested = {i for i, axis in enumerate(self._settings.axes) if axis != UNUSED}
        self._released = False
        self.doubt = NO_NEWS

    def look(self) -> None:
        """Lose it where it has been silent for too long."""
        if self._clock() - self._newest > self._settings.joy_timeout:
            self._forget()

    def is_emergency(self, buttons: Sequence[int]) -> bool:
        """Return whether the button of the emergency stop is pressed; it always counts.

        :raises ValueError: where the joystick lacks it
        """
        return self._mapping.is_emergency(buttons)

    def action(
        self, axes: Sequence[float], buttons: Sequence[int], *, stamp: int
    ) -> FloatArray | None:
        """Return what the person wants the robot to do, None where it does not count.

        :param axes: of the joystick, each in [-1, 1]
        :param buttons: 1 where it is pressed
        :param stamp: of the message [ns], 0: the driver does not stamp
        :return: (action_dim,) in [-1, 1]
        :raises ValueError: where the message is no news, or nothing that this joystick can report
        """
        self.look()
        if not self._stamps.is_news(stamp):
            return None
        try:
            swings, held = self._mapping.swings(axes), self._mapping.is_held(buttons)
        except ValueError:
            self._forget()
            raise
        self._newest = self._clock()
        self._unrested -= set(np.flatnonzero(np.abs(swings) <= _AT_REST).tolist())
        self._released |= not held
        self.doubt = self._find_doubt(axes)
        return self._mapping.action(swings) if held and not self.doubt else None

    def _find_doubt(self, axes: Sequence[float]) -> str:
        if self._unrested:
            number = min(self._unrested)
            axis, rest = self._settings.axes[number], self._settings.rest(number)
            return (
                f'axis {axis} is at {axes[axis]:.2f} and was never seen at its rest, {rest:g}:'
                f' let it go, or set rests'
            )
        if not self._released:
            return f'deadman_button {self._settings.deadman_button} must be let go first'
        return ''
