# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The limits of an action, which may be tightened while the robot moves, and never widened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sac_core.arrays import FloatArray


@dataclass(frozen=True)
class ActionLimits:
    """Limits of each number of an action; never changed in place, so that a tick sees one set.

    :param lowest: (action_dim,) in [-1, 1]
    :param highest: likewise, above `lowest`
    :param max_change: between two steps, in (0, 2]
    """

    lowest: FloatArray
    highest: FloatArray
    max_change: np.float32

    @classmethod
    def of(
        cls,
        action_dim: int,
        *,
        lowest: Sequence[float],
        highest: Sequence[float],
        max_change: float,
    ) -> ActionLimits:
        """Build limits from settings, in which one number holds for all.

        :raises ValueError: naming the field and the value
        """
        limits = cls(
            _numbers('lowest_action', lowest, action_dim),
            _numbers('highest_action', highest, action_dim),
            np.float32(max_change),
        )
        if not (limits.lowest < limits.highest).all():
            raise ValueError(
                f'lowest_action must be below highest_action, got {[*lowest]} and {[*highest]}'
            )
        return limits

    @property
    def rest(self) -> FloatArray:
        """The action nearest to 0 that they allow."""
        return np.clip(np.zeros_like(self.lowest), self.lowest, self.highest)

    def check_within(self, widest: ActionLimits) -> None:
        """Check that nothing is allowed that others do not allow.

        :raises ValueError: naming the field and both values
        """
        for name, wider, own, bound in (
            ('lowest_action', self.lowest < widest.lowest, self.lowest, widest.lowest),
            ('highest_action', self.highest > widest.highest, self.highest, widest.highest),
            (
                'max_action_change',
                self.max_change > widest.max_change,
                self.max_change,
                widest.max_change,
            ),
        ):
            if np.any(wider):
                raise ValueError(
                    f'{name} may be tightened while the robot moves, not widened beyond'
                    f' {_text(bound)} as at the start, got {_text(own)}'
                )


def _numbers(name: str, values: Sequence[float], action_dim: int) -> FloatArray:
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


def _text(values: FloatArray | np.float32) -> str:
    numbers = [float(f'{value:.6g}') for value in np.atleast_1d(values)]
    return str(numbers if np.ndim(values) else numbers[0])
