# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the episode under way has come to so far, and who drove it."""

from __future__ import annotations

from dataclasses import dataclass

from sac_core.time_step import TimeStep


@dataclass(frozen=True)
class EpisodeSummary:
    """A finished episode; fields are explained in Episode.msg."""

    episode_id: int
    length: int
    episode_return: float
    success: bool
    terminated: bool
    truncated: bool
    evaluation: bool
    deterministic: bool
    intervened_steps: int
    policy_version: int
    env_steps: int


class EpisodeRecord:
    """Adds up an episode, step by step."""

    def __init__(self) -> None:
        self.begin()

    def begin(self, *, evaluation: bool = False) -> None:
        """Forget the last episode.

        :param evaluation: whether the next one measures the policy
        """
        self.evaluation = evaluation
        self.length = 0
        self._return = 0.0
        self._success = False
        self._intervened_steps = 0
        self._explored = False
        self._policy_version = 0  # newest one used

    def add(
        self, after: TimeStep, *, intervened: bool, explored: bool, policy_version: int
    ) -> None:
        """Add a step.

        :param after: what followed it
        :param intervened: whether a person chose the action
        :param explored: whether the policy chose it with chance in it
        :param policy_version: in use when the action was chosen
        """
        self.length += 1
        self._return += after.reward
        self._success = self._success or after.success
        self._intervened_steps += intervened
        self._explored = self._explored or explored
        self._policy_version = max(self._policy_version, policy_version)

    def summary(self, *, episode_id: int, env_steps: int, terminated: bool) -> EpisodeSummary:
        """Sum up the episode, which has ended.

        :param env_steps: transitions collected by then
        :param terminated: by the task's rule, rather than cut off
        """
        return EpisodeSummary(
            episode_id=episode_id,
            length=self.length,
            episode_return=self._return,
            success=self._success,
            terminated=terminated,
            truncated=not terminated,
            evaluation=self.evaluation,
            deterministic=not self._explored and self._intervened_steps < self.length,
            intervened_steps=self._intervened_steps,
            policy_version=self._policy_version,
            env_steps=env_steps,
        )
