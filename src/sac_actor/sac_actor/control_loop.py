# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What one tick does: take the newest observation, close the last transition, answer it.

Free of ROS and of clocks. The loop never blocks: observations are handed in, commands and
finished episodes handed out, transitions go to a ring.
"""

from __future__ import annotations

from collections.abc import Callable

from sac_actor.action_selector import ActionSelector
from sac_actor.decision import Decision
from sac_actor.episode_length import EpisodeLength, NO_LIMIT
from sac_actor.episode_record import EpisodeRecord, EpisodeSummary
from sac_actor.human_control import HumanControl
from sac_actor.stop_arbiter import StopArbiter
from sac_actor.transition_queue import TransitionQueue
from sac_core.time_step import TimeStep


class ControlLoop:
    """The decisions of an actor, one tick at a time.

    :param pilot: chooses the actions
    :param authority: says each tick whether the robot may move
    :param human: says each tick what people want of it
    :param queue: takes the transitions; None where they are not collected
    :param send: takes each decision; must not keep the action's buffer
    :param report: takes each finished episode
    :param max_env_steps: transitions after which no more commands are given, 0: no limit
    :param max_episodes: likewise, episodes
    :param episode_length: when an episode ends that the robot does not end
    :param env_steps: transitions of this actor's earlier sessions, which count
    :param episodes: likewise, episodes
    :param store_evaluation: collect the transitions of evaluations, too
    """

    def __init__(
        self,
        *,
        selector: ActionSelector,
        stop_arbiter: StopArbiter,
        human: HumanControl,
        queue: TransitionQueue | None,
        send: Callable[[Decision], None],
        report: Callable[[EpisodeSummary], None],
        max_env_steps: int = 0,
        max_episodes: int = 0,
        episode_length: EpisodeLength = NO_LIMIT,
        env_steps: int = 0,
        episodes: int = 0,
        store_evaluation: bool = False,
    ) -> None:
        self._selector = selector
        self._stop_arbiter = stop_arbiter
        self._human = human
        self._queue = queue
        self.send = send
        self._report = report
        self._max_env_steps = max_env_steps
        self._max_episodes = max_episodes
        self._episode_length = episode_length
        self._store_evaluation = store_evaluation
        self._current: TimeStep | None = None  # newest observation
        self._answer: Decision | None = None  # to the newest observation, once it is given
        self._must_reset = False  # the robot went to its safe state, which only a reset ends
        self._resets_itself = (
            False  # the robot has ended an episode, and is on its way to the next
        )
        self._record = EpisodeRecord()
        self._episode_id = 0  # evaluations included
        self.stands_still = False  # the last command was a stop
        self.env_steps = env_steps
        self.episodes = episodes
        self.intervened_steps = 0
        self.stale_ticks = 0
        self.unexpected = 0

    @property
    def limit_reached(self) -> bool:
        """Whether the last transition or episode that was asked for is closed."""
        steps = 0 < self._max_env_steps <= self.env_steps
        return steps or 0 < self._max_episodes <= self.episodes

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to collect or to evaluate."""
        return self.limit_reached and not self._human.evaluation.is_left

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
    def is_unanswered(self) -> bool:
        """Whether an action was sent that no observation has followed yet."""
        return self._answer is not None and not self._answer.reset

    @property
    def is_between_episodes(self) -> bool:
        """Whether the bridge may take its time: it was told to reset, or resets by itself."""
        if self._answer is not None:
            return self._answer.reset
        return self._resets_itself

    @property
    def may_move(self) -> bool:
        """Whether nothing inhibits motion and there is something left to do."""
        return self._stop_arbiter.may_move and not self.finished

    def observe(self, observed: TimeStep) -> bool:
        """Take in an observation and close the transition that it completes.

        :return: whether it is news: neither a repeated nor a late one
        """
        before = self._current
        if before is not None and observed.bridge_session == before.bridge_session:
            if observed.sequence_id == before.sequence_id:  # the heartbeat of an idle bridge
                if observed.truncated:
                    self._cut_off(observed)
                return False
            if observed.sequence_id < before.sequence_id:
                self.unexpected += 1  # overtaken on its way by the newest one
                return False
        if before is not None and self._is_answered_by(before, observed):
            self._close_transition(before, observed)
        else:
            if observed.step > 0 and not self._must_reset:
                self.unexpected += 1  # joined in mid-episode, or an observation was lost
            if before is not None and observed.sequence_id[:2] != before.sequence_id[:2]:
                self._cut_episode()  # reset, or the bridge went away
        self._current = observed
        self._answer = None
        self._resets_itself = observed.ends_episode
        self._must_reset = self._must_reset and (observed.step > 0 or observed.truncated)
        if observed.ends_episode:
            self._end_episode(terminated=observed.terminated)
        return True

    def _cut_off(self, observed: TimeStep) -> None:
        """Take note that the bridge put its robot in the safe state where it stood."""
        if self._must_reset:
            return
        self._current = observed
        self._answer = None  # whatever it was, it moved nothing
        self._must_reset = True
        if self._record.evaluation:
            self._human.evaluation.note_cut_off()
        self._cut_episode()

    def _is_answered_by(self, before: TimeStep, after: TimeStep) -> bool:
        """Whether an observation is what followed the action given at the one before it."""
        if self._answer is None or self._answer.reset:
            return False
        return after.sequence_id == (before.bridge_session, before.episode_id, before.step + 1)

    def tick(self) -> None:
        """Answer the newest observation; without a fresh one, repeat the last answer.

        While the robot must not move, each tick says so; then it begins with a new episode.
        """
        observed = self._current
        if observed is None:
            return
        if not self.may_move:
            if not self.finished:
                self._cut_episode()
            self.stand_still()
            return
        self.stands_still = False
        if self.awaits_observation:
            if self._answer is not None:
                self.stale_ticks += not self._answer.reset  # which may take its time
                self.send(self._answer)  # it may be lost: it moves nothing twice
            return
        if self._human.take_reset():
            self._must_reset = True
        if self.limit_reached and not self._record.evaluation:
            self._record.begin()  # it would be judged by a part of its return
        if self._must_reset or (observed.step > 0 and self._record.length == 0):
            self._answer = Decision(observed, self._selector.rest, reset=True)
        else:
            if observed.step == 0:
                self._begin_episode()
            command = self._selector.act(observed.observation)
            if command is None:
                self.tick()  # once more: it is a stop now
                return
            self._answer = Decision(observed, command)
        self.send(self._answer)

    def _begin_episode(self) -> None:
        evaluates = self._human.evaluation.begin_episode(self.env_steps, at_end=self.limit_reached)
        self._record.begin(evaluation=evaluates)
        self._selector.begin_episode(evaluates=evaluates)

    def stand_still(self) -> None:
        """Bring the robot to its safe state; what it does on the way becomes no transition."""
        self._answer = None
        if self._current is not None:
            self._must_reset = True
            self.stands_still = True
            self.send(Decision(self._current, self._selector.rest, stop=True))

    def _close_transition(self, before: TimeStep, after: TimeStep) -> None:
        selector = self._selector
        is_cut = self._is_cut_after(after)
        if self._collects:
            if self._queue is not None:
                self._queue.append(
                    observation=before.observation,
                    action=selector.action,
                    reward=after.reward,
                    next_observation=after.observation,
                    terminated=after.terminated,
                    truncated=after.truncated or is_cut,
                    intervened=selector.intervened,
                    filtered=selector.filtered,
                    episode_id=self._episode_id,
                    policy_version=selector.version,
                )
            self.env_steps += 1
            self._note_totals()
        self.intervened_steps += selector.intervened
        self._record.add(
            after,
            intervened=selector.intervened,
            explored=selector.explored,
            policy_version=selector.version,
        )
        if is_cut:
            self._must_reset = True
            self._end_episode(terminated=False)

    def _is_cut_after(self, after: TimeStep) -> bool:
        if after.ends_episode or self._selector.intervened:
            return False
        length, evaluation = self._record.length + 1, self._record.evaluation
        if self._episode_length.must_end(length) and (
            evaluation or self._max_episodes or self._human.evaluation.is_due(self.env_steps)
        ):
            return True
        return not evaluation and self._episode_length.is_over(
            length=length, env_steps=self.env_steps
        )

    @property
    def _collects(self) -> bool:
        if self._human.pausing or self.limit_reached:
            return False
        return self._store_evaluation or not self._record.evaluation

    def _cut_episode(self) -> None:
        """End the episode before its time; one of an evaluation measured nothing: run again."""
        if self._record.evaluation:
            self._record.begin()
        self._end_episode(terminated=False)

    def _end_episode(self, *, terminated: bool) -> None:
        record = self._record
        if not record.length:
            return
        if record.evaluation:
            self._human.evaluation.finish_episode()
        else:
            self.episodes += 1
            self._note_totals()
        self._report(
            record.summary(
                episode_id=self._episode_id, env_steps=self.env_steps, terminated=terminated
            )
        )
        self._episode_id += 1
        record.begin()

    def _note_totals(self) -> None:
        if self._queue is not None:
            self._queue.note_totals(env_steps=self.env_steps, episodes=self.episodes)
