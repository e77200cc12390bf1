# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A person drives: the newest action counts while the deadman is held and it is fresh."""

from __future__ import annotations

from collections.abc import Callable
import time

from sac_core.arrays import FloatArray


class Intervention:
    """Hands what a person wants over to the control loop. No locks: each change is one assignment.

    :param timeout: time after which an action is stale, and the policy continues [s]
    :param clock: monotonic [s]
    """

    def __init__(self, *, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeout = timeout
        self._clock = clock
        self._action_of_person: tuple[FloatArray, float] | None = (
            None  # action and when it arrived
        )

    def drive(self, action: FloatArray) -> None:
        """Drive by this action from the next tick on.

        :param action: (action_dim,) scaled to [-1, 1], finite; must not change any more
        """
        self._action_of_person = action, self._clock()

    def hand_back(self) -> None:
        """Let the policy continue from the next tick on."""
        self._action_of_person = None

    def action(self) -> FloatArray | None:
        """Return the person's action, or None where the policy drives."""
        action_of_person = self._action_of_person
        if action_of_person is None or self._clock() - action_of_person[1] > self._timeout:
            return None
        return action_of_person[0]
