# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Between the policy and the robot: nothing passes that is not finite, within bounds and rate."""

from __future__ import annotations

import numpy as np
from sac_core.arrays import FloatArray


class SafetyFilter:
    """Makes any action in [-1, 1] safe to execute, and counts what it had to change.

    :param action_dim: numbers in an action
    :param max_change: largest change of each number between two steps, in (0, 2]
    """

    def __init__(self, action_dim: int, *, max_change: float) -> None:
        self._max_change = np.float32(max_change)
        self._previous = np.zeros(action_dim, np.float32)
        self._low = np.empty(action_dim, np.float32)
        self._high = np.empty(action_dim, np.float32)
        self._safe = np.empty(action_dim, np.float32)
        self.changed = 0
        self.not_finite = 0

    def reset(self) -> None:
        """Begin an episode: the robot is at rest."""
        self._previous[:] = 0

    def apply(self, action: FloatArray) -> FloatArray:
        """Return the action to execute.

        A number that is not finite is replaced by the previous action's: the robot goes on as it
        did rather than jump.

        :param action: (action_dim,), as the policy chose it
        :return: (action_dim,) in [-1, 1]; a buffer that the next call overwrites
        """
        safe = self._safe
        safe[:] = action
        finite = np.isfinite(safe)
        if not finite.all():
            self.not_finite += 1
            np.copyto(safe, self._previous, where=~finite)
        np.subtract(self._previous, self._max_change, out=self._low)
        np.add(self._previous, self._max_change, out=self._high)
        np.maximum(self._low, -1, out=self._low)
        np.minimum(self._high, 1, out=self._high)
        np.maximum(safe, self._low, out=safe)
        np.minimum(safe, self._high, out=safe)
        if not np.array_equal(safe, action):
            self.changed += 1
        self._previous[:] = safe
        return safe
