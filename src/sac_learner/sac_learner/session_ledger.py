# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which transitions of which actor session have been stored: exactly once, and counted."""

from __future__ import annotations

from sac_core.transitions import TransitionBatch


class SessionLedger:
    """Decides which rows of a batch are new. One sequence per actor session, counted from 0."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}
        self.received = 0
        self.duplicates = 0
        self.lost = 0
        self.out_of_order = 0

    def admit(self, batch: TransitionBatch) -> slice:
        """Say which rows of a batch must be stored now, and count the others.

        A batch that leaves a gap is refused as a whole: the actor still has what is missing and
        sends it again from there. What the actor no longer has is counted as lost. A session that
        this ledger has never seen starts at the oldest row that its actor keeps.

        :return: rows to store; afterwards they count as stored
        """
        session, count = batch.actor_session, len(batch.rows)
        expected = self._next.setdefault(session, batch.oldest_sequence)
        if batch.oldest_sequence > expected:
            self.lost += batch.oldest_sequence - expected
            expected = self._next[session] = batch.oldest_sequence
        self.received += count
        known = expected - batch.first_sequence
        if known < 0:
            self.out_of_order += 1
            return slice(0, 0)
        self.duplicates += min(known, count)
        self._next[session] = max(expected, batch.first_sequence + count)
        return slice(min(known, count), count)

    def next_sequence(self, session: int) -> int:
        """First sequence number of a session that is not stored, 0 for an unknown session."""
        return self._next.get(session, 0)
