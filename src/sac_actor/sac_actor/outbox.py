# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""When transitions are sent, and when again: everything that is not acknowledged goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import time

from sac_actor.transition_queue import TransitionQueue
from sac_core.transitions import TransitionBatch

# Batches on their way at most. A learner that is away costs no more than these, each time they
# are sent again, and one that comes back is not sent more than its topic holds (1000 batches).
_WINDOW = 100


class Outbox:
    """Cuts a queue of transitions into batches and follows what the learner acknowledges.

    :param session: of this actor, > 0
    :param actor: its name
    :param batch_size: rows in a full batch
    :param flush_timeout: longest time that rows wait for a full batch [s]
    :param resend_timeout: time without an acknowledgement after which rows are sent again [s]
    """

    def __init__(
        self,
        queue: TransitionQueue,
        *,
        session: int,
        actor: str,
        batch_size: int,
        flush_timeout: float,
        resend_timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue = queue
        self._session = session
        self._actor = actor
        self._batch_size = batch_size
        self._flush_timeout = flush_timeout
        self._resend_timeout = resend_timeout
        self._clock = clock
        self._last_sent = clock()
        self._last_news = clock()
        self._learner_session = 0
        self._received = 0  # rows below it are at the learner, saved or not
        self.trained_sequence = 0
        self.policy_version = 0
        self.sent = 0  # distinct transitions that were sent at least once
        self.resends = 0

    def is_full(self) -> bool:
        """Return whether a full batch waits to be sent."""
        return self._sendable() >= self._batch_size

    def batches(self, *, flush: bool = False) -> Iterator[TransitionBatch]:
        """Yield what must be sent now.

        :param flush: send what there is, without waiting for a full batch
        """
        now = self._clock()
        unanswered = self._queue.sent > max(self._queue.acknowledged, self._received)
        if unanswered and now - self._last_news > self._resend_timeout:
            self._send_again(now)
        flush = flush or now - self._last_sent > self._flush_timeout
        while (sendable := self._sendable()) >= (1 if flush else self._batch_size):
            taken = self._queue.take(min(sendable, self._batch_size))
            if taken is None:
                return
            first, rows = taken
            if max(self._queue.acknowledged, self._received) == first:
                self._last_news = now  # nothing was outstanding: the wait begins here
            self._last_sent = now
            self.sent = max(self.sent, first + len(rows))
            yield TransitionBatch(
                actor_session=self._session,
                actor=self._actor,
                first_sequence=first,
                # The loop may have dropped these very rows by now; the batch still carries them.
                oldest_sequence=min(first, self._queue.oldest),
                rows=rows,
            )

    def acknowledge(
        self,
        *,
        learner_session: int,
        next_sequence: int,
        trained_sequence: int,
        policy_version: int,
        received_sequence: int = 0,
    ) -> None:
        """Take in an acknowledgement of this session.

        What this learner has received and cannot save (its disk is full) is kept and not sent
        to it again; what follows is sent on.

        A learner that was restarted may not have what its predecessor received and did not
        acknowledge, so that is sent again at once. Where it does not even know what its
        predecessor acknowledged, no update is due for that: lockstep would wait for it forever.

        :raises ValueError: where it acknowledges what was never produced
        """
        if next_sequence > self._queue.appended:
            raise ValueError(
                f'next_sequence must be at most {self._queue.appended}, got {next_sequence}'
            )
        self.note_learner(learner_session)
        if next_sequence < self._queue.acknowledged:
            trained_sequence = max(trained_sequence, self._queue.acknowledged)
        received = min(received_sequence, self._queue.appended)
        if self._queue.acknowledge(next_sequence) or received > self._received:
            self._last_news = self._clock()
        self._received = max(self._received, received)
        # In this order, because the control thread reads them in the other: whoever sees the new
        # sequence also sees the version that goes with it.
        self.policy_version = policy_version
        self.trained_sequence = trained_sequence

    def note_learner(self, learner_session: int) -> None:
        """Note whose weights or acknowledgement arrived.

        A learner that was restarted says itself, in its first acknowledgement, how far it is:
        lockstep waits for that, since it may first train again on what its predecessor stored.
        """
        if self._learner_session and learner_session != self._learner_session:
            self._received = 0
            self._send_again(self._clock())
            self.policy_version = 0
            self.trained_sequence = 0
        self._learner_session = learner_session

    def may_produce(self, *, sequence: int, version: int) -> bool:
        """Lockstep: return whether a transition may be produced now.

        :param sequence: its sequence number
        :param version: of the policy that would choose the action
        """
        trained = sequence < self.trained_sequence + self._batch_size
        return trained and version >= self.policy_version

    def _sendable(self) -> int:
        under_way = self._queue.next_to_send - max(self._queue.oldest, self._received)
        return min(self._queue.unsent, _WINDOW * self._batch_size - under_way)

    def _send_again(self, now: float) -> None:
        self._queue.send_again(from_sequence=self._received)
        self._last_news = now
        self.resends += 1
