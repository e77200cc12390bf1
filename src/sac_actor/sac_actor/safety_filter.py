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
        self._lowest = _limits('lowest_action', lowest, action_dim)
        self._highest = _limits('highest_action', highest, action_dim)
        if not (self._lowest < self._highest).all():
            raise ValueError(
                f'lowest_action must be below highest_action, got {[*lowest]} and {[*highest]}'
            )
        self._state_limits = state_limits if state_limits and state_limits.count else None
        if self._state_limits:
            moves = self._state_limits.actions
            if (self._lowest[moves] > 0).any() or (self._highest[moves] < 0).any():
                raise ValueError(
                    'lowest_action and highest_action must leave room for 0 where state_limits'
                    f' stop an action, got {[*lowest]} and {[*highest]}'
                )
        self._max_change = np.float32(max_change)
        self._fresh = np.float32(1.0 - smoothing)
        self._rest = np.clip(np.zeros(action_dim, np.float32), self._lowest, self._highest)
        self._previous = self._rest.copy()
        self._low, self._high, self._safe, self._before = np.empty((4, action_dim), np.float32)
        self.changed = 0  # actions with any change; the others say of what kind
        self.not_finite = 0
        self.clipped = 0
        self.slowed = 0
        self.blocked = 0  # kept from pushing out of the state limits

    def reset(self) -> None:
        """Begin an episode: the robot is at rest."""
        self._previous[:] = self._rest

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
        safe, previous, low, high = self._safe, self._previous, self._low, self._high
        safe[:] = action
        finite = np.isfinite(safe)
        if not finite.all():
            self.not_finite += 1
            np.copyto(safe, previous, where=~finite)
        self.clipped += self._clip(self._lowest, self._highest)
        if self._fresh < 1:
            safe -= previous
            safe *= self._fresh
            safe += previous
        np.subtract(previous, self._max_change, out=low)
        np.add(previous, self._max_change, out=high)
        np.maximum(low, self._lowest, out=low)
        np.minimum(high, self._highest, out=high)
        self.slowed += self._clip(low, high)
        if self._state_limits is not None and observation is not None:
            low[:], high[:] = self._lowest, self._highest
            self._state_limits.narrow(observation, low, high)
            self.blocked += self._clip(low, high)
        if (safe != action).any():
            self.changed += 1
        previous[:] = safe
        return safe

    def _clip(self, low: FloatArray, high: FloatArray) -> bool:
        """Bring the action within limits, and say whether that changed it."""
        safe, before = self._safe, self._before
        before[:] = safe
        np.maximum(safe, low, out=safe)
        np.minimum(safe, high, out=safe)
        return bool((safe != before).any())


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


def _limits(name: str, values: Sequence[float], action_dim: int) -> FloatArray:
    if len(values) not in (1, action_dim):
        raise ValueError(
            f'{name} must hold 1 number for all or {action_dim}, one for each of the action,'
            f' got {[*values]}'
        )
    limits = np.empty(action_dim, np.float32)
    limits[:] = values
    if not (np.abs(limits) <= 1).all():  # false for a NaN, too
        raise ValueError(f'{name} must be in [-1, 1], got {[*values]}')
    return limits
