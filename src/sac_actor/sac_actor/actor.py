# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor without ROS: drives a robot with a policy, keeps what happened until it is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
import math
import queue

from sac_actor.authority import Authority
from sac_actor.config import ActorSettings
from sac_actor.control_loop import ControlLoop, Decision, EpisodeSummary
from sac_actor.loop_thread import LoopThread
from sac_actor.outbox import Outbox
from sac_actor.policy_runner import PolicyRunner
from sac_actor.safety_filter import SafetyFilter
from sac_actor.transition_queue import TransitionQueue
from sac_core.observed import Observed
from sac_core.spaces import RobotSpec
from sac_core.transitions import TransitionBatch
from sac_core.weights import PolicyWeights


@dataclass(frozen=True)
class ActorFigures:
    """How the actor is doing; fields are named and explained in ActorStatus.msg."""

    env_steps: int
    episodes: int
    transitions_sent: int
    transitions_acked: int
    transitions_dropped: int
    queue_length: int
    queue_capacity: int
    resends: int
    control_rate: float
    period_mean: float
    period_std: float
    period_max: float
    latency_max: float
    ticks: int
    overruns: int
    stale_ticks: int
    filtered_actions: int
    policy_version: int


class Actor:
    """A control loop on its own thread, with all that it needs. Used by one other thread.

    :param weights: of the first policy
    :param session: random, new at every start, > 0
    :param name: fully qualified
    :param send: takes each decision; called on the control thread, must not wait
    :param notify: called on the control thread when there is something to hand over; likewise
    :raises ValueError: where the policy was made for another robot
    """

    def __init__(
        self,
        settings: ActorSettings,
        spec: RobotSpec,
        weights: PolicyWeights,
        *,
        session: int,
        name: str,
        send: Callable[[Decision], None],
        notify: Callable[[], None],
    ) -> None:
        self._lockstep = settings.control_rate == 0
        self._max_env_steps = settings.max_env_steps
        self._notify = notify
        self.authority = Authority()
        self._finished_episodes: queue.SimpleQueue[EpisodeSummary] = queue.SimpleQueue()
        self._runner = PolicyRunner(
            spec,
            random_steps=settings.random_steps,
            deterministic=settings.deterministic,
            seed=settings.seed,
        )
        self._runner.swap(weights)
        self._filter = SafetyFilter(spec.action_dim, max_change=settings.max_action_change)
        self._queue: TransitionQueue | None = None
        self._outbox: Outbox | None = None
        if not settings.checkpoint:
            self._queue = TransitionQueue(
                settings.queue_capacity,
                observation_dim=spec.observation_dim,
                action_dim=spec.action_dim,
            )
            self._outbox = Outbox(
                self._queue,
                session=session,
                actor=name,
                batch_size=settings.transition_batch_size,
                # In lockstep a batch cut by the clock would make runs differ.
                flush_timeout=math.inf if self._lockstep else settings.flush_timeout,
                resend_timeout=settings.resend_timeout,
            )
        self._loop = ControlLoop(
            spec,
            runner=self._runner,
            safety_filter=self._filter,
            authority=self.authority,
            queue=self._queue,
            send=send,
            report=self._finished_episodes.put,
            max_env_steps=settings.max_env_steps,
            max_episodes=settings.max_episodes,
        )
        self._thread = LoopThread(
            self._loop,
            rate=settings.control_rate,
            may_act=self._may_act,
            after_tick=self._after_tick,
        )

    def start(self) -> None:
        """Begin to give commands."""
        self._thread.start()

    def stop(self) -> None:
        """Bring the robot to its safe state and give no more commands.

        What is not stored yet can still be handed over.
        """
        self._thread.stop()

    def observe(self, observed: Observed) -> None:
        """Take in an observation; its array must not change any more."""
        self._thread.put(observed)

    def use(self, weights: PolicyWeights, *, learner_session: int) -> None:
        """Act by another policy from the next tick on.

        :raises ValueError: where it was made for another robot; the old one stays
        """
        self._runner.swap(weights)
        if self._outbox is not None:
            self._outbox.note_learner(learner_session)
        self._thread.wake()

    def acknowledge(
        self,
        *,
        learner_session: int,
        next_sequence: int,
        trained_sequence: int,
        policy_version: int,
    ) -> None:
        """Take in what the learner says it has stored, see TransitionAck.msg."""
        if self._outbox is None:
            return
        self._outbox.acknowledge(
            learner_session=learner_session,
            next_sequence=next_sequence,
            trained_sequence=trained_sequence,
            policy_version=policy_version,
        )
        self._thread.wake()

    def hold(self, holding: bool) -> None:
        """Keep the robot still, or let it go on with a new episode."""
        self.authority.hold(holding)
        self._thread.wake()

    def batches(self, *, flush: bool) -> Iterator[TransitionBatch]:
        """Yield the transitions that must be sent now.

        :param flush: those of an unfilled batch, too
        """
        if self._outbox is not None:
            yield from self._outbox.batches(flush=flush or self._loop.finished)

    def finished_episodes(self) -> Iterator[EpisodeSummary]:
        """Yield the episodes that ended since the last call."""
        while not self._finished_episodes.empty():
            yield self._finished_episodes.get()

    @property
    def failure(self) -> str:
        """Why the control loop cannot go on; empty while it can."""
        return self._thread.failure

    @property
    def state(self) -> str:
        """One of the states in ActorStatus.msg."""
        if self._loop.finished:
            return 'finished'
        if self.authority.is_held:
            return 'holding'
        return 'stopped' if self.authority.is_stopped else 'running'

    @property
    def finish_reason(self) -> str:
        """Which limit is reached; empty before."""
        if not self._loop.finished:
            return ''
        steps = 0 < self._max_env_steps <= self._loop.env_steps
        return 'max_env_steps' if steps else 'max_episodes'

    @property
    def is_stored(self) -> bool:
        """Whether the learner has stored every transition."""
        return self._queue is None or self._queue.acknowledged == self._queue.appended

    @property
    def is_done(self) -> bool:
        """Whether a limit is reached and the learner has done what it must with the last step."""
        if not self._loop.finished or not self.is_stored:
            return False
        if not self._lockstep or self._queue is None or self._outbox is None:
            return True
        return self._outbox.trained_sequence == self._queue.appended

    def figures(self) -> ActorFigures:
        """Measure; periods and latency are those since the last call."""
        loop, thread, kept, outbox = self._loop, self._thread, self._queue, self._outbox
        periods = thread.statistics.take()
        latency_max, thread.latency_max = thread.latency_max, 0.0
        return ActorFigures(
            env_steps=loop.env_steps,
            episodes=loop.episodes,
            transitions_sent=0 if outbox is None else outbox.sent,
            transitions_acked=0 if kept is None else kept.acknowledged,
            transitions_dropped=0 if kept is None else kept.dropped,
            queue_length=0 if kept is None else len(kept),
            queue_capacity=0 if kept is None else kept.capacity,
            resends=0 if outbox is None else outbox.resends,
            control_rate=periods.rate,
            period_mean=periods.mean,
            period_std=periods.std,
            period_max=periods.longest,
            latency_max=latency_max,
            ticks=thread.ticks,
            overruns=thread.overruns,
            stale_ticks=loop.stale_ticks,
            filtered_actions=self._filter.changed,
            policy_version=self._runner.version,
        )

    def _may_act(self) -> bool:
        if self._outbox is None or self._queue is None:
            return True
        return self._outbox.may_produce(
            sequence=self._queue.appended, version=self._runner.version
        )

    def _after_tick(self) -> None:
        full = self._outbox is not None and self._outbox.is_full()
        if full or self._loop.finished or not self._finished_episodes.empty():
            self._notify()
