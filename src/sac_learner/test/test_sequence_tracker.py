# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Each transition of a session is stored once, in order, and what is missing is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import pytest
from sac_learner.sequence_tracker import FORGOTTEN, SequenceTracker

from .fakes import make_batch

pytestmark = pytest.mark.timeout(60)


class Store:
    """What a learner would have stored, by session."""

    def __init__(self) -> None:
        self.sequences = SequenceTracker()
        self.rows: dict[int, list[int]] = {}

    def receive(self, first: int, count: int, *, oldest: int = 0, session: int = 1) -> int:
        """Return how many rows were stored."""
        batch = make_batch(first, count, oldest=oldest, session=session)
        stored = batch.rows[self.sequences.filter_new(batch)].rewards.astype(int).tolist()
        self.rows.setdefault(session, []).extend(stored)
        return len(stored)


def test_consecutive_batches_are_stored_whole() -> None:
    store = Store()
    assert [store.receive(0, 30), store.receive(30, 30), store.receive(60, 7)] == [30, 30, 7]
    assert store.sequences.next_sequence(1) == 67
    assert (store.sequences.received, store.sequences.duplicates, store.sequences.lost) == (
        67,
        0,
        0,
    )


def test_a_batch_that_came_before_is_counted_as_duplicate() -> None:
    store = Store()
    store.receive(0, 30)
    assert store.receive(0, 30) == 0
    assert (store.sequences.received, store.sequences.duplicates) == (60, 30)


def test_an_older_batch_counts_its_own_rows_only() -> None:
    store = Store()
    store.receive(0, 30)
    store.receive(30, 30)
    assert store.receive(10, 5) == 0
    assert store.sequences.duplicates == 5


def test_of_a_batch_that_overlaps_only_the_new_rows_are_stored() -> None:
    store = Store()
    store.receive(0, 30)
    assert store.receive(20, 30) == 20
    assert store.rows[1] == list(range(50))
    assert store.sequences.duplicates == 10


def test_a_batch_after_a_gap_waits_for_what_the_actor_still_has() -> None:
    store = Store()
    store.receive(0, 30)
    assert store.receive(60, 30) == 0
    assert store.sequences.next_sequence(1) == 30
    assert (store.sequences.out_of_order, store.sequences.lost) == (1, 0)
    assert store.receive(30, 30) == 30
    assert store.receive(60, 30) == 30


def test_what_the_actor_dropped_is_lost_and_the_rest_goes_on() -> None:
    store = Store()
    store.receive(0, 30)
    assert store.receive(45, 30, oldest=45) == 30
    assert store.sequences.lost == 15
    assert store.receive(45, 30, oldest=50) == 0
    assert store.sequences.lost == 15


def test_a_session_seen_for_the_first_time_begins_at_its_oldest_row() -> None:
    store = Store()
    assert store.receive(120, 30, oldest=100) == 0
    assert store.receive(100, 30, oldest=100) == 30
    assert store.sequences.lost == 0


def test_sessions_are_counted_apart() -> None:
    store = Store()
    store.receive(0, 30, session=1)
    store.receive(0, 20, session=2)
    assert (store.sequences.next_sequence(1), store.sequences.next_sequence(2)) == (30, 20)
    assert store.sequences.next_sequence(3) == 0


class SendingActor:
    """What an actor keeps of its session, and the batches of it on their way."""

    def __init__(self) -> None:
        self.produced = self.oldest = self.sent = 0
        self.on_their_way: list[tuple[int, int, int]] = []


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(['produce', 'send', 'send', 'deliver', 'deliver', 'repeat', 'resend'])
        | st.sampled_from(['drop', 'vanish', 'shuffle']),
        st.integers(0, 1),
        st.integers(1, 9),
    ),
    max_size=80,
)


@given(events=EVENTS)
def test_in_any_order_of_batches_each_row_is_stored_once_or_counted_as_lost(
    events: list[tuple[str, int, int]],
) -> None:
    store = Store()
    actors = [SendingActor(), SendingActor()]
    for session, actor in enumerate(actors):
        store.receive(0, 1, session=session)  # both are known from their first row on
        actor.produced = actor.sent = 1
    received = 2
    # Afterwards the network is in order and everything is sent once more.
    last = [(name, n, 9) for n in (0, 1) for name in ['resend'] + ['send'] * 100]
    last += [('deliver', n, 9) for n in (0, 1)] * 200
    for name, session, number in [*events, *last]:
        actor = actors[session]
        if name == 'produce':
            actor.produced += number
        elif name == 'send' and max(actor.sent, actor.oldest) < actor.produced:
            first = max(actor.sent, actor.oldest)
            actor.sent = min(first + number, actor.produced)
            actor.on_their_way.append((first, actor.sent - first, actor.oldest))
        elif name == 'resend':
            actor.sent = 0
        elif name == 'drop':
            actor.oldest = min(actor.oldest + number, actor.produced)
        elif actor.on_their_way:
            way = actor.on_their_way
            if name == 'vanish':
                way.pop()
            elif name == 'shuffle':
                way.append(way.pop(number % len(way)))
            elif name in ('deliver', 'repeat'):
                first, count, oldest = way[0] if name == 'repeat' else way.pop(0)
                received += count
                store.receive(first, count, oldest=oldest, session=session)
    missing = 0
    for session, actor in enumerate(actors):
        rows = store.rows[session]
        assert rows == sorted(set(rows)), 'in order, none twice'
        absent = set(range(store.sequences.next_sequence(session))) - set(rows)
        missing += len(absent)
        assert all(number < actor.oldest for number in absent), 'only what was dropped is absent'
        assert store.sequences.next_sequence(session) >= actor.produced or (
            actor.oldest == actor.produced
        )
    assert store.sequences.lost == missing
    assert store.sequences.received == received


@pytest.mark.parametrize('first', [2**63 - 5, 2**63, 2**64 - 10])
def test_numbers_beyond_all_counting_are_refused_and_the_session_goes_on(first: int) -> None:
    store = Store()
    assert store.receive(first, 10, oldest=first) == 0  # from a session that is not known yet
    store.receive(0, 30)
    assert store.receive(first, 10, oldest=first) == 0
    assert store.receive(first, 10) == 0
    assert store.receive(30, 10, oldest=2**40) == 0  # nobody drops that many
    assert store.receive(30, 10) == 10
    assert store.rows[1] == list(range(40))
    assert store.sequences.lost == 0


def test_counters_stay_where_they_fit_into_a_message() -> None:
    store = Store()
    for session in range(1, 4):
        store.receive(0, 1, session=session)
        for jump in range(1, 4):
            store.receive(jump * 2**32, 1, oldest=jump * 2**32, session=session)
    account = store.sequences.account(1).plus(lost=2**63)
    store.sequences.load([*store.sequences.accounts()[1:], account])
    assert store.sequences.lost == 2**63 - 1


def test_a_flood_of_sessions_forgets_the_most_silent_and_keeps_the_counts() -> None:
    store = Store()
    for session in range(1, 5001):
        store.receive(0, 2, session=session)
        store.receive(0, 2, session=5001)
    accounts = store.sequences.accounts()
    assert len(accounts) == 4097
    assert (accounts[0].session, accounts[0].stored) == (FORGOTTEN, 2 * 905)
    assert (store.sequences.received, store.sequences.duplicates) == (20_000, 2 * 4999)
    assert store.receive(2, 3, session=5001) == 3
    assert store.receive(2, 3, oldest=2, session=1) == 3  # goes on at what its actor still has


def test_it_goes_on_from_saved_accounts() -> None:
    store, restarted = Store(), Store()
    store.receive(0, 30, session=7)
    store.receive(40, 10, oldest=35, session=7)
    store.receive(0, 3, session=8)
    restarted.sequences.load(store.sequences.accounts())
    assert restarted.sequences.accounts() == store.sequences.accounts()
    assert restarted.receive(35, 10, oldest=35, session=7) == 10
    assert (restarted.sequences.lost, restarted.sequences.account(7).stored) == (5, 40)
