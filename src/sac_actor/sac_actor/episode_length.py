# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Where an episode ends that the robot does not end: early ones, and ones that must end.

A robot that fell in its first minute stays down until the episode ends, and an untrained policy
learns to crawl. Short first episodes show it the beginning, upright, many times instead.

A robot without a time limit may never end an episode; one that measures the policy must end.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EpisodeLength:
    """The lengths to which episodes are cut.

    :param short: steps of a short episode, 0: as many as the robot's own limit allows
    :param until: collected transitions after which no episode is short any more
    :param measuring: steps of one that must end: of an evaluation, or one that is counted; 0: as
        many as the robot's own limit allows
    """

    short: int = 0
    until: int = 0
    measuring: int = 0

    def is_over(self, *, length: int, env_steps: int) -> bool:
        """Return whether an episode is to end here, that the robot does not end.

        :param length: steps of the episode so far
        :param env_steps: transitions collected so far
        """
        return 0 < self.short <= length and env_steps < self.until

    def must_end(self, length: int) -> bool:
        """Return whether an episode is to end here, where it must end."""
        return 0 < self.measuring <= length


NO_LIMIT = EpisodeLength()
