# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Who may keep the robot still, and why: emergency stop, operator, watchdogs, in this order.

Set from any thread and read in the control loop: no locks, each change is one assignment.
"""

from __future__ import annotations

from sac_core.states import StopCode


class StopArbiter:
    """The reasons for which the robot must not move; it may while there is none."""

    def __init__(self) -> None:
        self._emergency = False
        self._held = False
        self._stops: dict[str, str] = {}  # watchdog: reason; replaced as a whole, never changed
        self.stops = 0
        self.releases = 0  # by an operator

    def press_emergency_stop(self) -> None:
        """Stop, and stay held after the button is let go, until an operator releases."""
        self._held = True
        self._emergency = True

    def release_emergency_stop(self) -> None:
        """Say that the button is no longer pressed."""
        self._emergency = False

    def hold(self, holding: bool) -> bool:
        """Hold or release by an operator.

        :return: whether that is how it is now: a pressed emergency stop cannot be released
        """
        self._held = holding or self._emergency
        self.releases += not self._held
        return self._held == holding

    def stop(self, watchdog: str, reason: str) -> None:
        """Stop by a watchdog, until the same one clears it. Called in the control loop only."""
        if watchdog not in self._stops:
            self.stops += 1
        if self._stops.get(watchdog) != reason:
            self._stops = {**self._stops, watchdog: reason}

    def clear(self, watchdog: str) -> None:
        """Withdraw a watchdog's stop, if there is one. Called in the control loop only."""
        if watchdog in self._stops:
            self._stops = {name: why for name, why in self._stops.items() if name != watchdog}

    @property
    def is_emergency(self) -> bool:
        """Whether the emergency stop is pressed."""
        return self._emergency

    @property
    def is_held(self) -> bool:
        """Whether a person keeps the robot still."""
        return self._held

    @property
    def is_stopped(self) -> bool:
        """Whether a watchdog keeps the robot still."""
        return bool(self._stops)

    @property
    def may_move(self) -> bool:
        """Whether nothing inhibits motion."""
        return not (self._held or self._stops)

    @property
    def code(self) -> str:
        """What kind of reason comes first, a `StopCode`; empty while the robot may move."""
        if self._emergency:
            return StopCode.EMERGENCY
        if self._held:
            return StopCode.OPERATOR
        return StopCode.WATCHDOG if self._stops else ''

    @property
    def reason(self) -> str:
        """Why the robot must be still; empty while it may move."""
        if self._emergency:
            return 'emergency stop'
        if self._held:
            return 'held by an operator'
        return self.watchdogs_reason

    @property
    def watchdogs_reason(self) -> str:
        """Why watchdogs keep the robot still; empty while none does."""
        return '; '.join(self._stops.values())
