# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a tick has decided."""

from __future__ import annotations

from dataclasses import dataclass

from sac_core.arrays import FloatArray
from sac_core.time_step import TimeStep


@dataclass(frozen=True, eq=False)
class Decision:
    """The answer to an observation: an action in the robot's units, a new episode, or a stop."""

    in_reply_to: TimeStep
    action: FloatArray
    reset: bool = False
    stop: bool = False
