# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What one tick does: take the newest observation, close the last transition, answer it.

Free of ROS and of clocks. The loop waits for nobody: observations are handed in, commands and
finished episodes handed out, transitions go to a ring.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sac_actor.authority import Authority
from sac_actor.policy_runner import PolicyRunner
from sac_actor.safety_filter import SafetyFilter
from sac_actor.transition_queue import TransitionQueue
from sac_core.arrays import FloatArray
from sac_core.observed import Observed
from sac_core.spaces import ActionScale, RobotSpec


@dataclass(frozen=True, eq=False)
class Decision:
    """The answer to an observation: an action in the robot's units, a new episode, or a stop."""

    answers: Observed
    action: FloatArray
    reset: bool = False
    stop: bool = False


@dataclass(frozen=True)
class EpisodeSummary:
    """A finished episode."""

    episode_id: int
    length: int
    episode_return: float
    success: bool
    terminated: bool
    truncated: bool
    policy_version: int
    env_steps: int


class ControlLoop:
    """The decisions of an actor, one tick at a time.

    :param authority: says each tick whether the robot may move
    :param queue: takes the transitions; None where they are not collected
    :param send: takes each decision; must not keep the action's buffer
    :param report: takes each finished episode
    :param max_env_steps: transitions after which no more commands are given, 0: no limit
    :param max_episodes: likewise, episodes
    :param env_steps: transitions of this actor's earlier sessions, which count
    :param episodes: likewise, episodes
    """

    def __init__(
        self,
        spec: RobotSpec,
        *,
        runner: PolicyRunner,
        safety_filter: SafetyFilter,
        authority: Authority,
        queue: TransitionQueue | None,
        send: Callable[[Decision], None],
        report: Callable[[EpisodeSummary], None],
        max_env_steps: int = 0,
        max_episodes: int = 0,
        env_steps: int = 0,
        episodes: int = 0,
    ) -> None:
        self._runner = runner
        self._filter = safety_filter
        self._authority = authority
        self._queue = queue
        self._send = send
        self._report = report
        self._max_env_steps = max_env_steps
        self._max_episodes = max_episodes
        self._scale = ActionScale(spec)
        self._command = np.empty(spec.action_dim, np.float32)
        self._executed = np.zeros(spec.action_dim, np.float32)  # in [-1, 1]
        self._filtered = False  # whether the filter changed the action
        self._version = 0
        self._current: Observed | None = None  # newest observation
        self._answer: Decision | None = None  # to the newest observation, once it is given
        self._must_reset = False  # the robot went to its safe state, which only a reset ends
        self._begin_episode(newest_version=0)
        self.stands_still = False  # the last command was a stop
        self.env_steps = env_steps
        self.episodes = self._earlier_episodes = episodes
        self.stale_ticks = 0
        self.unexpected = 0

    def _begin_episode(self, *, newest_version: int) -> None:
        self._length = 0
        self._return = 0.0
        self._success = False
        self._newest_version = newest_version

    @property
    def finished(self) -> bool:
        """Whether the last transition or episode that was asked for is closed."""
        steps = 0 < self._max_env_steps <= self.env_steps
        return steps or 0 < self._max_episodes <= self.episodes

    @property
    def awaits_observation(self) -> bool:
        """Whether there is nothing to answer."""
        if self._current is None or self._answer is not None:
            return True
        return self._current.ends_episode and not self._must_reset

    @property
    def is_ready(self) -> bool:
        """Whether a tick would answer an observation."""
        return self.may_move and not self.awaits_observation

    @property
    def may_move(self) -> bool:
        """Whether nobody keeps the robot still, and there is something left to do."""
        return self._authority.may_move and not self.finished

    def observe(self, observed: Observed) -> bool:
        """Take in an observation and close the transition that it completes.

        :return: whether it is news: neither a repeated nor a late one
        """
        before = self._current
        if before is not None and observed.bridge_session == before.bridge_session:
            if observed.place == before.place:  # the heartbeat of an idle bridge
                if observed.truncated:
                    self._cut_off(observed)
                return False
            if observed.place < before.place:
                self.unexpected += 1  # overtaken on its way by the newest one
                return False
        if before is not None and self._is_answered_by(before, observed):
            self._close_transition(before, observed)
        else:
            if observed.step > 0 and not self._must_reset:
                self.unexpected += 1  # joined in mid-episode, or an observation was lost
            if before is not None and observed.place[:2] != before.place[:2]:
                self._end_episode(terminated=False)  # cut off: reset, or the bridge went away
        self._current = observed
        self._answer = None
        self._must_reset = self._must_reset and (observed.step > 0 or observed.truncated)
        if observed.ends_episode:
            self._end_episode(terminated=observed.terminated)
        return True

    def _cut_off(self, observed: Observed) -> None:
        """Take note that the bridge put its robot in the safe state where it stood."""
        if self._must_reset:
            return
        self._current = observed
        self._answer = None  # whatever it was, it moved nothing
        self._must_reset = True
        self._end_episode(terminated=False)

    def _is_answered_by(self, before: Observed, after: Observed) -> bool:
        """Whether an observation is what followed the action given at the one before it."""
        if self._answer is None or self._answer.reset:
            return False
        return after.place == (before.bridge_session, before.episode_id, before.step + 1)

    def tick(self) -> None:
        """Answer the newest observation; without a fresh one, repeat the last answer.

        While the robot must not move, each tick says so; then it begins with a new episode.
        """
        observed = self._current
        if observed is None:
            return
        if not self.may_move:
            if not self.finished:
                self._end_episode(terminated=False)
            self.stand_still()
            return
        self.stands_still = False
        if self.awaits_observation:
            self.stale_ticks += 1
            if self._answer is not None:
                self._send(self._answer)  # it may be lost: it moves nothing twice
            return
        if self._must_reset or (observed.step > 0 and self._length == 0):
            # Not this actor's episode: it would be judged by a part of its return.
            self._answer = Decision(
                observed,
                self._scale.to_robot(np.zeros_like(self._executed), self._command),
                reset=True,
            )
        else:
            if observed.step == 0:
                self._filter.reset()
            action, self._version = self._runner.act(observed.observation)
            changed = self._filter.changed
            self._executed[:] = self._filter.apply(action)
            self._filtered = self._filter.changed > changed
            self._newest_version = max(self._newest_version, self._version)
            self._answer = Decision(observed, self._scale.to_robot(self._executed, self._command))
        self._send(self._answer)

    def stand_still(self) -> None:
        """Bring the robot to its safe state; what it does on the way becomes no transition."""
        self._answer = None
        if self._current is not None:
            self._must_reset = True
            self.stands_still = True
            self._send(Decision(self._current, self._command, stop=True))

    def _close_transition(self, before: Observed, after: Observed) -> None:
        if self._queue is not None:
            self._queue.append(
                observation=before.observation,
                action=self._executed,
                reward=after.reward,
                next_observation=after.observation,
                terminated=after.terminated,
                truncated=after.truncated,
                intervened=False,
                filtered=self._filtered,
                episode_id=self.episodes - self._earlier_episodes,
                policy_version=self._version,
            )
        self.env_steps += 1
        self._length += 1
        self._return += after.reward
        self._success = self._success or after.success
        self._note_totals()

    def _end_episode(self, *, terminated: bool) -> None:
        if not self._length:
            return
        self._report(
            EpisodeSummary(
                episode_id=self.episodes - self._earlier_episodes,
                length=self._length,
                episode_return=self._return,
                success=self._success,
                terminated=terminated,
                truncated=not terminated,
                policy_version=self._newest_version,
                env_steps=self.env_steps,
            )
        )
        self.episodes += 1
        self._note_totals()
        self._begin_episode(newest_version=0)

    def _note_totals(self) -> None:
        if self._queue is not None:
            self._queue.note_totals(env_steps=self.env_steps, episodes=self.episodes)
