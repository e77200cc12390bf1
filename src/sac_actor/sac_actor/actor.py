# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor without ROS: drives a robot with a policy, keeps what happened until it is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import queue
import time

from sac_actor.action_selector import ActionSelector
from sac_actor.actor_stats import ActorStats
from sac_actor.config import ActorSettings
from sac_actor.control_loop import ControlLoop
from sac_actor.decision import Decision
from sac_actor.delivery import Delivery
from sac_actor.episode_length import EpisodeLength
from sac_actor.episode_record import EpisodeSummary
from sac_actor.human_control import HumanControl
from sac_actor.loop_thread import LoopThread
from sac_actor.onnx_policy import OnnxModel
from sac_actor.policy_runner import PolicyRunner
from sac_actor.ring_file import Totals
from sac_actor.safety_filter import limits_for, safety_filter_for
from sac_actor.state_directory import StateDirectory
from sac_actor.stop_arbiter import StopArbiter
from sac_actor.watchdogs.group import WatchdogGroup
from sac_core.spaces import RobotSpec
from sac_core.states import ActorState
from sac_core.time_step import TimeStep
from sac_core.transitions import TransitionBatch
from sac_core.weights import PolicyWeights


class ActorCore:
    """A control loop on its own thread, with all that it needs. Used by one other thread.

    :param weights: of the first policy
    :param authority: who may keep the robot still
    :param human: what people want of it
    :param session: random, new at every start, > 0
    :param name: fully qualified
    :param send: takes each decision; called on the control thread, must not wait
    :param notify: called on the control thread when there is something to hand over; likewise
    :param prepare: called on the control thread before its first tick
    :param state: where transitions and totals survive a kill; None: nowhere
    :raises ValueError: where the policy or `state` was made for another robot
    """

    def __init__(
        self,
        settings: ActorSettings,
        spec: RobotSpec,
        weights: PolicyWeights | OnnxModel,
        *,
        stop_arbiter: StopArbiter,
        human: HumanControl,
        session: int,
        name: str,
        send: Callable[[Decision], None],
        notify: Callable[[], None],
        prepare: Callable[[], None] = lambda: None,
        state: StateDirectory | None = None,
    ) -> None:
        self._lockstep = settings.control_rate == 0
        self._max_env_steps = settings.max_env_steps
        self._action_dim = spec.action_dim
        self._notify = notify
        self._stop_arbiter = stop_arbiter
        self._human = human
        self._finished_episodes: queue.SimpleQueue[EpisodeSummary] = queue.SimpleQueue()
        self._delivery: Delivery | None = None
        if not settings.checkpoint:
            self._delivery = Delivery(settings, spec, session=session, name=name, state=state)
        totals = Totals() if self._delivery is None else self._delivery.totals
        self._runner = PolicyRunner(
            spec,
            random_steps=max(0, settings.random_steps - totals.env_steps),
            deterministic=settings.deterministic,
            # Another session of the same run must not explore by the same numbers.
            seed=[settings.seed, totals.env_steps] if totals.env_steps else settings.seed,
        )
        self.watchdogs = WatchdogGroup(settings, stop_arbiter)
        self._swap(weights)
        self._filter = safety_filter_for(settings, spec)
        self._loop = ControlLoop(
            selector=ActionSelector(
                spec,
                runner=self._runner,
                safety_filter=self._filter,
                intervention=human.intervention,
                policy_numbers=self.watchdogs.policy,
            ),
            stop_arbiter=stop_arbiter,
            human=human,
            queue=None if self._delivery is None else self._delivery.queue,
            send=send,
            report=self._finished_episodes.put,
            max_env_steps=settings.max_env_steps,
            max_episodes=settings.max_episodes,
            episode_length=EpisodeLength(
                short=settings.short_episode_steps,
                until=settings.short_episodes_until,
                measuring=0 if spec.max_episode_steps else settings.eval_episode_steps,
            ),
            env_steps=totals.env_steps,
            episodes=totals.episodes,
            store_evaluation=settings.store_evaluation,
        )
        self._thread = LoopThread(
            self._loop,
            rate=settings.control_rate,
            watchdogs=self.watchdogs,
            may_act=self._may_act,
            prepare=prepare,
            after_tick=self._after_tick,
        )

    @property
    def loop_thread(self) -> LoopThread:
        """The thread that ticks, for who measures it."""
        return self._thread

    def start(self) -> None:
        """Begin to give commands."""
        self._thread.start()

    def stop(self) -> None:
        """Bring the robot to its safe state and give no more commands.

        What is not stored yet can still be handed over.
        """
        self._thread.stop()

    def observe(self, observed: TimeStep) -> None:
        """Take in an observation; its array must not change any more."""
        self._thread.put(observed)

    def use(self, weights: PolicyWeights, *, learner_session: int) -> None:
        """Act by another policy from the next tick on.

        :raises ValueError: where it was made for another robot; the old one stays
        """
        self._swap(weights)
        if self._delivery is not None:
            self._delivery.note_learner(learner_session)
        self._thread.wake()

    def check_change(self, settings: ActorSettings) -> None:
        """Check settings that are to hold from now on.

        :raises ValueError: where they let the robot do more than those of the start, or want what
            the policy cannot do
        """
        self._runner.check_deterministic(settings.deterministic)
        self._filter.check(limits_for(settings, self._action_dim))

    def change(self, settings: ActorSettings) -> None:
        """Use checked settings from the next tick on."""
        self._filter.tighten(limits_for(settings, self._action_dim))
        self._runner.deterministic = settings.deterministic

    def _swap(self, weights: PolicyWeights | OnnxModel) -> None:
        self._runner.swap(weights)
        self.watchdogs.policy.newest = weights
        self.watchdogs.weights.heard(time.monotonic_ns())

    def acknowledge(
        self,
        *,
        actor_session: int,
        learner_session: int,
        next_sequence: int,
        trained_sequence: int,
        policy_version: int,
        received_sequence: int = 0,
    ) -> None:
        """Take in what the learner says it has stored, see TransitionAck.msg.

        :raises ValueError: where that was never produced
        """
        if self._delivery is None:
            return
        self._delivery.acknowledge(
            actor_session=actor_session,
            learner_session=learner_session,
            next_sequence=next_sequence,
            trained_sequence=trained_sequence,
            policy_version=policy_version,
            received_sequence=received_sequence,
        )
        self._thread.wake()

    def wake(self) -> None:
        """Look at once at what people want, also in lockstep; returns at once."""
        self._thread.wake()

    def batches(self, *, flush: bool) -> Iterator[TransitionBatch]:
        """Yield the transitions that must be sent now.

        :param flush: those of an unfilled batch, too
        """
        if self._delivery is not None:
            yield from self._delivery.batches(flush=flush or self._loop.limit_reached)

    def finished_episodes(self) -> Iterator[EpisodeSummary]:
        """Yield the episodes that ended since the last call."""
        while not self._finished_episodes.empty():
            yield self._finished_episodes.get()

    @property
    def awaited_version(self) -> int:
        """Lockstep: version for which the loop waits, 0: none."""
        if not self._lockstep or self._delivery is None:
            return 0
        awaited = self._delivery.awaited_version
        return awaited if awaited > self._runner.version else 0

    @property
    def failure(self) -> str:
        """Why the control loop cannot continue; empty while it can."""
        return self._thread.failure

    @property
    def state(self) -> str:
        """One of the states in ActorStatus.msg."""
        stop_arbiter, human = self._stop_arbiter, self._human
        states = {
            ActorState.FINISHED: self._loop.finished,
            ActorState.HOLDING: stop_arbiter.is_held,
            ActorState.STOPPED: stop_arbiter.is_stopped,
            ActorState.EVALUATING: human.evaluation.is_under_way,
            ActorState.PAUSED: human.pausing,
        }
        return next((name for name, holds in states.items() if holds), ActorState.RUNNING)

    @property
    def waiting_for(self) -> str:
        """What takes its time between two episodes; empty while nothing does."""
        return self.watchdogs.reset.waiting_for

    @property
    def finish_reason(self) -> str:
        """Which limit is reached; empty before."""
        if not self._loop.finished:
            return ''
        steps = 0 < self._max_env_steps <= self._loop.env_steps
        return 'max_env_steps' if steps else 'max_episodes'

    @property
    def is_stored(self) -> bool:
        """Whether the learner has stored every transition, those of earlier sessions included."""
        return self._delivery is None or self._delivery.is_stored

    @property
    def is_done(self) -> bool:
        """Whether a limit is reached and the learner has done what it must with the last step."""
        if not self._loop.finished or self._delivery is None:
            return self._loop.finished
        return self._delivery.is_trained if self._lockstep else self._delivery.is_stored

    @property
    def delivery_warning(self) -> str:
        """Why transitions may get lost, or are; else empty."""
        return '' if self._delivery is None else self._delivery.warning

    def stats(self) -> ActorStats:
        """Measure; periods and latency are those since the last call."""
        loop, thread, delivery = self._loop, self._thread, self._delivery
        periods, lateness = thread.periods.take(), thread.lateness.take()
        latency = thread.latency.take()
        return ActorStats(
            env_steps=loop.env_steps,
            episodes=loop.episodes,
            transitions_sent=0 if delivery is None else delivery.sent,
            transitions_acked=0 if delivery is None else delivery.acknowledged,
            transitions_dropped=0 if delivery is None else delivery.dropped,
            queue_length=0 if delivery is None else delivery.kept,
            queue_capacity=0 if delivery is None else delivery.queue.capacity,
            resends=0 if delivery is None else delivery.resends,
            control_rate=1.0 / periods.mean if periods.mean else 0.0,
            period_mean=periods.mean,
            period_std=periods.std,
            period_p99=periods.p99,
            period_max=periods.longest,
            lateness_p99=lateness.p99,
            lateness_max=lateness.longest,
            latency_mean=latency.mean,
            latency_p99=latency.p99,
            latency_max=latency.longest,
            observation_age=thread.observation_age,
            ticks=thread.ticks,
            overruns=thread.overruns,
            stale_ticks=thread.stale_ticks,
            unexpected_observations=loop.unexpected,
            filtered_actions=self._filter.changed,
            intervened_steps=loop.intervened_steps,
            clipped_actions=self._filter.clipped + self._filter.blocked,
            slowed_actions=self._filter.slowed,
            not_finite_actions=self._filter.not_finite,
            stops=self._stop_arbiter.stops,
            policy_version=self._runner.version,
            metrics={'blocked_actions': self._filter.blocked},
        )

    def _may_act(self) -> bool:
        delivery = self._delivery
        if delivery is None:
            return True
        if self._loop.limit_reached and not delivery.is_trained:
            return False  # the last evaluation is that of the last policy
        # What is not collected stays within its turn, so that it never waits for a next one.
        return delivery.may_produce(self._runner.version)

    def _after_tick(self) -> None:
        full = self._delivery is not None and self._delivery.is_full
        if full or self._loop.limit_reached or not self._finished_episodes.empty():
            self._notify()
