# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Where a bridge's robot stands in its episodes, so that a command moves it once or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from sac_core.arrays import FloatArray
from sac_core.spaces import RobotSpec
from sac_core.time_step import TimeStep

# A float32 action that was scaled to the bounds may lie beside them by this share of the range.
ROUNDING = 1e-5


@dataclass
class Counts:
    """What happened since the start of a bridge."""

    steps: int = 0
    stops: int = 0  # times that the robot went to its safe state
    episodes: int = 0  # finished ones
    ignored_commands: int = 0  # repeated, late or for another session
    refused_actions: int = 0
    unstable_steps: int = 0  # a simulator put its state back to the start
    unusable_steps: int = 0  # a number of the observation, or the reward, not finite or too large


class Episodes:
    """The sequence of episodes and steps of one bridge session.

    :param session: random, new at every start of the bridge, > 0
    """

    def __init__(self, session: int) -> None:
        self._session = session
        self._newest: TimeStep | None = None
        self.counts = Counts()
        self.is_safe = False  # the robot is in its safe state, which only a new episode ends

    @property
    def newest(self) -> TimeStep:
        """The newest observation; there is one once an episode has begun."""
        assert self._newest is not None
        return self._newest

    def is_newest(self, *, session: int, episode_id: int, step: int) -> bool:
        """Return whether a command answers the newest observation; count one that does not."""
        is_newest = (session, episode_id, step) == self.newest.sequence_id
        self.counts.ignored_commands += not is_newest
        return is_newest

    def ignore(self) -> None:
        """Count a command that moves nothing, whatever it answers."""
        self.counts.ignored_commands += 1

    def begin(self, observation: FloatArray) -> TimeStep:
        """Begin an episode, the first one or the next, and with it leave the safe state.

        :param observation: (observation_dim,) finite
        """
        self.is_safe = False
        episode_id = 0 if self._newest is None else self._newest.episode_id + 1
        self._newest = TimeStep(self._session, episode_id, 0, observation)
        return self._newest

    def step(
        self,
        observation: FloatArray,
        *,
        reward: float,
        terminated: bool,
        truncated: bool,
        success: bool,
    ) -> TimeStep:
        """Note what followed a command.

        :param observation: (observation_dim,) finite
        """
        last = self.newest
        self._newest = TimeStep(
            self._session,
            last.episode_id,
            last.step + 1,
            observation,
            reward,
            terminated,
            truncated,
            success,
        )
        self.counts.steps += 1
        self.counts.episodes += self._newest.ends_episode
        return self._newest

    def stand_still(self) -> TimeStep:
        """Note that the robot went to its safe state, which ends the episode.

        :return: the newest observation, marked as the end
        """
        if not self.is_safe:
            self.is_safe = True
            self.counts.stops += 1
            self._newest = replace(self.newest, truncated=True)
        return self.newest


class ActionCheck:
    """Says why an action must not reach a robot."""

    def __init__(self, spec: RobotSpec) -> None:
        self._spec = spec
        self._slack = ROUNDING * (spec.action_high - spec.action_low)

    def fault(self, action: FloatArray) -> str:
        """Return what is wrong with an action in the robot's units; empty where it may pass."""
        spec, slack = self._spec, self._slack
        if action.shape != (spec.action_dim,):
            return f'must hold {spec.action_dim} numbers, got {action.size}'
        within = (action >= spec.action_low - slack) & (action <= spec.action_high + slack)
        if within.all():  # false for a NaN, too
            return ''
        worst = int(np.argmin(within))
        return (
            f'number {worst} must be in [{spec.action_low[worst]:g}, {spec.action_high[worst]:g}],'
            f' got {action[worst]:g}'
        )
