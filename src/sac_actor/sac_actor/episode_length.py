# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How long an episode may be that a robot learns from; the first ones may be short.

A robot that fell in its first minute stays down until the episode ends, and an untrained policy
learns to crawl. Short first episodes show it the beginning, upright, many times instead.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EpisodeLength:
    """The length to which early training episodes are cut.

    :param short: steps of a short episode, 0: as many as the robot's own limit allows
    :param until: collected transitions after which no episode is short any more
    """

    short: int = 0
    until: int = 0

    def is_over(self, *, length: int, env_steps: int) -> bool:
        """Say whether an episode is to end here, that the robot does not end.

        :param length: steps of the episode so far
        :param env_steps: transitions collected so far
        """
        return 0 < self.short <= length and env_steps < self.until


AS_THE_ROBOT_HAS_IT = EpisodeLength()
