# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What was done is kept until the learner has stored it: this session's and earlier ones'."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
import math

from sac_actor.config import ActorSettings
from sac_actor.earlier_sessions import EarlierSession
from sac_actor.outbox import Outbox
from sac_actor.ring_file import RingHeader, Totals
from sac_actor.state_directory import StateDirectory
from sac_actor.transition_queue import TransitionQueue
from sac_core.spaces import RobotSpec
from sac_core.transitions import TransitionBatch


class Delivery:
    """The queue of this session, and those of earlier sessions, the oldest of which is sent first.

    :param session: random, new at every start, > 0
    :param name: of the actor, fully qualified
    :param state: where transitions survive a kill; None: nowhere
    :raises ValueError: where `state` is of another robot, or has no room
    """

    def __init__(
        self,
        settings: ActorSettings,
        spec: RobotSpec,
        *,
        session: int,
        name: str,
        state: StateDirectory | None = None,
    ) -> None:
        lockstep = settings.control_rate == 0
        self._state = state
        self._session = session
        self._earlier: deque[EarlierSession] = deque()
        self._warn_length = settings.queue_warn_share * settings.queue_capacity
        self.totals = Totals()  # of the earlier sessions
        # What is wrong with the directory.
        self.problem = '' if state is None else '; '.join(state.warnings)
        file = None
        if state is not None:
            state.check(spec)
            self.totals = state.totals
            file = state.create_ring(
                RingHeader(
                    session=session,
                    actor=name,
                    env_id=spec.env_id,
                    observation_dim=spec.observation_dim,
                    action_dim=spec.action_dim,
                    capacity=settings.queue_capacity,
                )
            )
            for each in state.earlier:
                self._earlier.append(
                    EarlierSession(
                        *each,
                        batch_size=settings.transition_batch_size,
                        resend_timeout=settings.resend_timeout,
                    )
                )
            self._finish_stored()
        self.queue = TransitionQueue(
            settings.queue_capacity,
            observation_dim=spec.observation_dim,
            action_dim=spec.action_dim,
            file=file,
        )
        self._outbox = Outbox(
            self.queue,
            session=session,
            actor=name,
            batch_size=settings.transition_batch_size,
            # In lockstep a batch cut by the clock would make runs differ.
            flush_timeout=math.inf if lockstep else settings.flush_timeout,
            resend_timeout=settings.resend_timeout,
        )

    def batches(self, *, flush: bool) -> Iterator[TransitionBatch]:
        """Yield what must be sent now.

        :param flush: the rows of an unfilled batch, too
        """
        if self._earlier:
            yield from self._earlier[0].batches()
        yield from self._outbox.batches(flush=flush)

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
        if actor_session == self._session:
            self._outbox.acknowledge(
                learner_session=learner_session,
                next_sequence=next_sequence,
                trained_sequence=trained_sequence,
                policy_version=policy_version,
                received_sequence=received_sequence,
            )
            return
        for earlier in self._earlier:
            if actor_session == earlier.file.header.session:
                earlier.acknowledge(learner_session=learner_session, next_sequence=next_sequence)
        self._finish_stored()

    def _finish_stored(self) -> None:
        while self._earlier and not len(self._earlier[0]):
            stored = self._earlier.popleft()
            assert self._state is not None
            try:
                self._state.finish(stored.file, stored.found)
            except OSError as error:
                self.problem = f'state_dir cannot be tidied up: {error}'

    def note_learner(self, learner_session: int) -> None:
        """Note whose weights or acknowledgement arrived."""
        self._outbox.note_learner(learner_session)
        for earlier in self._earlier:
            earlier.note_learner(learner_session)

    def may_produce(self, version: int) -> bool:
        """Lockstep: return whether a transition may be produced now.

        :param version: of the policy that would choose the action
        """
        if self._earlier:
            return False
        return self._outbox.may_produce(sequence=self.queue.appended, version=version)

    @property
    def awaited_version(self) -> int:
        """Lockstep: version that the policy must have before the next turn, 0: any."""
        return self._outbox.policy_version

    @property
    def is_full(self) -> bool:
        """Whether a full batch waits to be sent."""
        return self._outbox.is_full()

    @property
    def is_stored(self) -> bool:
        """Whether the learner has stored every transition of every session."""
        return not self._earlier and self.queue.is_stored

    @property
    def is_trained(self) -> bool:
        """Lockstep: whether the learner has made every update due for this session."""
        return self.is_stored and self._outbox.trained_sequence == self.queue.appended

    @property
    def kept(self) -> int:
        """Transitions of all sessions that are not acknowledged."""
        return len(self.queue) + sum(map(len, self._earlier))

    @property
    def sent(self) -> int:
        """Transitions of all sessions that were sent at least once."""
        unsent = sum(earlier.unsent for earlier in self._earlier)
        return self.totals.produced - unsent + self._outbox.sent

    @property
    def acknowledged(self) -> int:
        """Transitions of all sessions that the learner has stored."""
        return self.totals.produced - sum(map(len, self._earlier)) + self.queue.acknowledged

    @property
    def dropped(self) -> int:
        """Transitions of all sessions that are lost."""
        return self.totals.dropped + self.queue.dropped

    @property
    def resends(self) -> int:
        """Times that rows were sent again because no acknowledgement came."""
        return self._outbox.resends

    @property
    def warning(self) -> str:
        """What must be shown on /diagnostics, long before anything is lost; else empty."""
        length, capacity = len(self.queue), self.queue.capacity
        if self.queue.dropped:
            return f'{self.queue.dropped} transitions lost: the queue of {capacity} was full'
        if length >= self._warn_length:
            return f'{length} of {capacity} transitions wait to be stored; then the oldest go'
        return self.problem
