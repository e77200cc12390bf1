# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Transitions that a killed actor left behind, sent under its session until they are stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
import time

from sac_actor.outbox import Outbox
from sac_actor.ring_file import Recovered, RingFile
from sac_actor.transition_queue import TransitionQueue
from sac_core.transitions import TransitionBatch


class EarlierSession:
    """One of them. Spans between damaged rows go out one after the other.

    A batch says that what is older than its span is lost, so it must not come too early.
    """

    def __init__(
        self,
        file: RingFile,
        found: Recovered,
        *,
        batch_size: int,
        resend_timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.file = file
        self.found = found
        self._parts: deque[tuple[TransitionQueue, Outbox]] = deque()
        for span in found.spans:
            queue = TransitionQueue.of_span(file, span)
            outbox = Outbox(
                queue,
                session=file.header.session,
                actor=file.header.actor,
                batch_size=batch_size,
                flush_timeout=0.0,
                resend_timeout=resend_timeout,
                clock=clock,
            )
            self._parts.append((queue, outbox))

    def __len__(self) -> int:
        return sum(len(queue) for queue, _ in self._parts)

    @property
    def unsent(self) -> int:
        """Transitions that were never sent by this process."""
        return sum(
            queue.appended - max(outbox.sent, queue.oldest) for queue, outbox in self._parts
        )

    def batches(self) -> Iterator[TransitionBatch]:
        """Yield what must be sent now."""
        if self._parts:
            yield from self._parts[0][1].batches(flush=True)

    def acknowledge(self, *, learner_session: int, next_sequence: int) -> None:
        """Take in what the learner has stored.

        It may know more than the file after a power cut, but no more than the file could hold.
        """
        if self._parts and next_sequence > self._parts[-1][0].appended + self.file.header.capacity:
            return
        while self._parts:
            queue, outbox = self._parts[0]
            outbox.acknowledge(
                learner_session=learner_session,
                next_sequence=min(next_sequence, queue.appended),
                trained_sequence=0,
                policy_version=0,
            )
            if not queue.is_stored:
                return
            self._parts.popleft()

    def note_learner(self, learner_session: int) -> None:
        """Note whose weights or acknowledgement arrived."""
        for _, outbox in self._parts:
            outbox.note_learner(learner_session)
