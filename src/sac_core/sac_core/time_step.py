# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a robot's side saw, and where it stands in the sequence of episodes and steps."""

from __future__ import annotations

from dataclasses import dataclass

from sac_core.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class TimeStep:
    """An observation with its place in the bridge's sequence of episodes and steps.

    :param observation: (observation_dim,), finite
    """

    bridge_session: int
    episode_id: int
    step: int
    observation: FloatArray
    reward: float = 0.0
    terminated: bool = False
    truncated: bool = False
    success: bool = False

    @property
    def sequence_id(self) -> tuple[int, int, int]:
        """Where it stands: bridge session, episode, step."""
        return self.bridge_session, self.episode_id, self.step

    @property
    def ends_episode(self) -> bool:
        """Whether the bridge begins a new episode after it."""
        return self.terminated or self.truncated
