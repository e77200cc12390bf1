# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which transitions of which actor session have been stored: exactly once, and counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace

from sac_core.transitions import TransitionBatch

LARGEST = 2**63 - 1  # of a sequence number or a counter: it fits into messages and files
# No actor drops 2^32 transitions (years at 50 Hz) between two batches: such a jump is refused.
_LARGEST_JUMP = 2**32
# Each start of an actor is a session. Of more than these, the one that was silent longest is
# forgotten; should its actor speak again, it goes on at the oldest row that the actor still keeps.
_MAX_SESSIONS = 4096
FORGOTTEN = 0  # the account under which forgotten sessions are added up; no actor has this number


@dataclass(frozen=True)
class SessionState:
    """What the learner knows of one actor session; plain integers up to LARGEST.

    :param next_sequence: every row below it is stored or lost
    :param stored: rows
    :param received: rows, repeated ones included
    :param duplicates: rows that came again
    :param lost: rows that the actor dropped before they arrived
    :param out_of_order: batches refused because one before them was missing
    """

    session: int
    next_sequence: int = 0
    stored: int = 0
    received: int = 0
    duplicates: int = 0
    lost: int = 0
    out_of_order: int = 0

    def plus(self, **counts: int) -> SessionState:
        """Count up; what would not fit stays at LARGEST."""
        counted = {name: min(getattr(self, name) + n, LARGEST) for name, n in counts.items()}
        return replace(self, **counted)


COUNTERS = tuple(
    field.name for field in fields(SessionState) if field.name not in ('session', 'next_sequence')
)


class SequenceTracker:
    """Decides which rows of a batch are new. One sequence per actor session, counted from 0."""

    def __init__(self) -> None:
        self._accounts: dict[int, SessionState] = {}  # silent longest first
        self._forgotten = SessionState(FORGOTTEN)

    def filter_new(self, batch: TransitionBatch) -> slice:
        """Return which rows of a batch must be stored now, and count the others.

        A batch that leaves a gap is refused as a whole: the actor still has what is missing and
        sends it again from there. What the actor no longer has is counted as lost. A session that
        this ledger has never seen starts at the oldest row that its actor keeps.

        :return: rows to store; afterwards they count as stored
        """
        session, count = batch.actor_session, len(batch.rows)
        oldest = batch.oldest_sequence
        account = self._accounts.pop(session, None) or SessionState(
            session, oldest if oldest <= _LARGEST_JUMP else 0
        )
        new, account = _filter_new(account, batch.first_sequence, count, oldest)
        self._accounts[session] = account
        if len(self._accounts) > _MAX_SESSIONS:
            self._forget(next(iter(self._accounts)))
        return new

    def next_sequence(self, session: int) -> int:
        """First sequence number of a session that is not stored, 0 for an unknown session."""
        account = self._accounts.get(session)
        return account.next_sequence if account else 0

    def account(self, session: int) -> SessionState:
        """Tell what is known of a session."""
        return self._accounts.get(session, SessionState(session))

    def accounts(self) -> list[SessionState]:
        """List all accounts, that of the forgotten sessions first, if there are any."""
        forgotten = [self._forgotten] if self._forgotten != SessionState(FORGOTTEN) else []
        return [*forgotten, *self._accounts.values()]

    def load(self, accounts: Iterable[SessionState]) -> None:
        """Continue from saved accounts."""
        self._accounts = {account.session: account for account in accounts}
        self._forgotten = self._accounts.pop(FORGOTTEN, SessionState(FORGOTTEN))

    @property
    def received(self) -> int:
        """Rows received, repeated ones included."""
        return self._total('received')

    @property
    def duplicates(self) -> int:
        """Rows that came again."""
        return self._total('duplicates')

    @property
    def lost(self) -> int:
        """Rows that their actor dropped before they arrived."""
        return self._total('lost')

    @property
    def out_of_order(self) -> int:
        """Batches refused because one before them was missing."""
        return self._total('out_of_order')

    def _total(self, counter: str) -> int:
        counts: list[int] = [getattr(account, counter) for account in self.accounts()]
        return min(sum(counts), LARGEST)

    def _forget(self, session: int) -> None:
        counts = asdict(self._accounts.pop(session))
        self._forgotten = self._forgotten.plus(**{name: counts[name] for name in COUNTERS})


def _filter_new(
    account: SessionState, first: int, count: int, oldest: int
) -> tuple[slice, SessionState]:
    """Decide about rows of a session: those to store, and the account afterwards."""
    expected = account.next_sequence
    if max(first + count, oldest) > LARGEST or oldest > expected + _LARGEST_JUMP:
        return slice(0, 0), account.plus(received=count, out_of_order=1)
    if oldest > expected:
        account = replace(account.plus(lost=oldest - expected), next_sequence=oldest)
        expected = oldest
    known = expected - first
    if known < 0:
        return slice(0, 0), account.plus(received=count, out_of_order=1)
    duplicates = min(known, count)
    account = replace(account, next_sequence=max(expected, first + count))
    account = account.plus(received=count, duplicates=duplicates, stored=count - duplicates)
    return slice(duplicates, count), account
