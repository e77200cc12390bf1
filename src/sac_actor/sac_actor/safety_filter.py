# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Between the policy and the robot: nothing passes that is not finite, within bounds and rate.

In this order: numbers that are not finite are replaced, the action is clipped to its limits,
smoothed, kept from changing too fast, and last kept from pushing out of the robot's state limits,
which beat the limit on change: braking late would be worse than braking hard.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sac_actor.action_limits import ActionLimits
from sac_actor.config import ActorSettings
from sac_actor.state_limits import parse_state_limits, StateLimits
from sac_core.arrays import FloatArray
from sac_core.spaces import RobotSpec


class SafetyFilter:
    """Makes any action safe to execute, and counts what it had to change.

    :param action_dim: numbers in an action
    :param max_change: largest change of each number between two steps, in (0, 2]
    :param lowest: limits of each number in [-1, 1], or one for all
    :param highest: likewise, above `lowest`
    :param smoothing: share of the previous action in each one, in [0, 1); 0: none
    :param state_limits: what the action may do where the robot is; None: anything
    :raises ValueError: naming the field and the value
    """

    def __init__(
        self,
        action_dim: int,
        *,
        max_change: float = 2.0,
        lowest: Sequence[float] = (-1.0,),
        highest: Sequence[float] = (1.0,),
        smoothing: float = 0.0,
        state_limits: StateLimits | None = None,
    ) -> None:
        self._state_limits = state_limits if state_limits and state_limits.count else None
        self._widest = ActionLimits.of(
            action_dim, lowest=lowest, highest=highest, max_change=max_change
        )
        self._check_room(self._widest)
        self._limits = self._widest
        self._fresh = np.float32(1.0 - smoothing)
        self._previous = self._limits.rest
        self._low, self._high, self._safe, self._before = np.empty((4, action_dim), np.float32)
        self.changed = 0  # actions with any change; the others say of what kind
        self.not_finite = 0
        self.clipped = 0
        self.slowed = 0
        self.blocked = 0  # kept from pushing out of the state limits

    def _check_room(self, limits: ActionLimits) -> None:
        if self._state_limits is None:
            return
        moves = self._state_limits.actions
        if (limits.lowest[moves] > 0).any() or (limits.highest[moves] < 0).any():
            raise ValueError(
                'lowest_action and highest_action must leave room for 0 where state_limits'
                f' stop an action, got {limits.lowest.tolist()} and {limits.highest.tolist()}'
            )

    def check(self, limits: ActionLimits) -> None:
        """Check limits that are to replace those of now.

        :raises ValueError: where they are wider than those of the start, naming the field
        """
        limits.check_within(self._widest)
        self._check_room(limits)

    def tighten(self, limits: ActionLimits) -> None:
        """Use checked limits from the next action on. May be called from any thread.

        The action then is within them at once, however large a change that is.
        """
        self._limits = limits

    def reset(self) -> None:
        """Begin an episode: the robot is at rest."""
        self._previous[:] = self._limits.rest

    def apply(self, action: FloatArray, observation: FloatArray | None = None) -> FloatArray:
        """Return the action to execute.

        A number that is not finite is replaced by the previous action's: the robot goes on as it
        did rather than jump.

        :param action: (action_dim,), as the policy chose it
        :param observation: (observation_dim,) where the robot is; needed for state limits
        :return: (action_dim,) in [-1, 1]; a buffer that the next call overwrites
        """
        if action.dtype != np.float32:
            with np.errstate(over='ignore'):  # too large a number becomes infinite
                action = action.astype(np.float32)
        limits = self._limits  # one set for the whole action
        safe, previous, low, high = self._safe, self._previous, self._low, self._high
        safe[:] = action
        finite = np.isfinite(safe)
        if not finite.all():
            self.not_finite += 1
            np.copyto(safe, previous, where=~finite)
        self.clipped += self._clip(limits.lowest, limits.highest)
        if self._fresh < 1:
            safe -= previous
            safe *= self._fresh
            safe += previous
        np.subtract(previous, limits.max_change, out=low)
        np.add(previous, limits.max_change, out=high)
        # The last action may be beyond limits that were tightened since.
        for bound in (low, high):
            np.maximum(bound, limits.lowest, out=bound)
            np.minimum(bound, limits.highest, out=bound)
        self.slowed += self._clip(low, high)
        if self._state_limits is not None and observation is not None:
            low[:], high[:] = limits.lowest, limits.highest
            self._state_limits.narrow(observation, low, high)
            self.blocked += self._clip(low, high)
        if (safe != action).any():
            self.changed += 1
        previous[:] = safe
        return safe

    def _clip(self, low: FloatArray, high: FloatArray) -> bool:
        """Bring the action within limits, and return whether that changed it."""
        safe, before = self._safe, self._before
        before[:] = safe
        np.maximum(safe, low, out=safe)
        np.minimum(safe, high, out=safe)
        return bool((safe != before).any())


def limits_for(settings: ActorSettings, action_dim: int) -> ActionLimits:
    """Build the limits that are configured.

    :raises ValueError: where they do not fit together, naming the field and the value
    """
    return ActionLimits.of(
        action_dim,
        lowest=settings.lowest_action,
        highest=settings.highest_action,
        max_change=settings.max_action_change,
    )


def safety_filter_for(settings: ActorSettings, spec: RobotSpec) -> SafetyFilter:
    """Build the filter that is configured for a robot.

    :raises ValueError: where they do not fit together, naming the field and the value
    """
    return SafetyFilter(
        spec.action_dim,
        max_change=settings.max_action_change,
        lowest=settings.lowest_action,
        highest=settings.highest_action,
        smoothing=settings.action_smoothing,
        state_limits=StateLimits(
            parse_state_limits(settings.state_limits),
            observation_dim=spec.observation_dim,
            action_dim=spec.action_dim,
        ),
    )
