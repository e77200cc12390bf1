# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Watches that the policy's actions are numbers; keeps the weights that made others."""

from __future__ import annotations

import numpy as np
from sac_actor.onnx_policy import OnnxModel
from sac_actor.stop_arbiter import StopArbiter
from sac_actor.watchdogs.watchdog import Watchdog
from sac_core.arrays import FloatArray
from sac_core.weights import PolicyWeights


class NonFiniteActionWatchdog(Watchdog):
    """Trips at an action that is not finite, until other weights come or an operator releases.

    :param authority: to be told at once, before the action goes anywhere
    """

    def __init__(self, stop_arbiter: StopArbiter) -> None:
        super().__init__('policy numbers', stops=True)
        self._stop_arbiter = stop_arbiter
        self._bad: PolicyWeights | OnnxModel | None = None
        self._releases = 0
        self.newest: PolicyWeights | OnnxModel | None = (
            None  # set by whoever takes over new weights
        )
        self.evidence: PolicyWeights | OnnxModel | None = None  # taken away by whoever stores it

    def check(self, action: FloatArray, weights: PolicyWeights | OnnxModel) -> bool:
        """Return whether an action is fit for the filter; if not, the robot must stop now.

        :param action: (action_dim,) as the policy chose it
        :param weights: of the policy that chose it
        """
        if np.isfinite(action).all():
            return True
        self._bad = self.evidence = weights
        self._releases = self._stop_arbiter.releases
        self._trip(f'policy version {weights.version} chose an action that is not finite')
        self._stop_arbiter.stop(self.name, self.fault)
        return False

    def _find(self, now_ns: int) -> str:
        released = self._stop_arbiter.releases > self._releases
        return '' if released or self.newest is not self._bad else self.fault
