# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The ring of transitions: nothing torn, nothing twice, what is dropped is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import sys
import threading

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest
from sac_actor.transition_queue import TransitionQueue
from sac_core.transitions import Transitions

from .numbered import append, check_rows

pytestmark = pytest.mark.timeout(60)


def make_queue(capacity: int, filled: int = 0) -> TransitionQueue:
    queue = TransitionQueue(capacity, observation_dim=3, action_dim=2)
    for number in range(filled):
        append(queue, number)
    return queue


def take_all(queue: TransitionQueue, limit: int = 1000) -> list[int]:
    numbers = []
    while (taken := queue.take(limit)) is not None:
        numbers += check_rows(*taken)
    return numbers


def test_rows_come_out_whole_in_order_and_once() -> None:
    queue = make_queue(100, filled=70)
    assert take_all(queue, limit=30) == list(range(70))
    assert queue.take(30) is None


def test_a_batch_is_never_larger_than_asked_for() -> None:
    queue = make_queue(100, filled=70)
    first, rows = queue.take(30) or (None, [])
    assert (first, len(rows)) == (0, 30)


def test_what_was_taken_does_not_change_when_the_ring_is_written_again() -> None:
    queue = make_queue(4, filled=4)
    taken = queue.take(4)
    assert taken is not None
    for number in range(4, 20):
        append(queue, number)
    check_rows(*taken)


def test_a_full_queue_drops_the_oldest_and_counts_it() -> None:
    queue = make_queue(10, filled=25)
    assert (queue.dropped, queue.oldest, len(queue)) == (15, 15, 10)
    assert take_all(queue) == list(range(15, 25))


def test_acknowledged_rows_make_room_and_are_not_counted_as_dropped() -> None:
    queue = make_queue(10, filled=10)
    assert queue.acknowledge(6)
    for number in range(10, 16):
        append(queue, number)
    assert (queue.dropped, queue.oldest, len(queue)) == (0, 6, 10)


@pytest.mark.parametrize('sequence', [0, 3, 11, 2**63])
def test_an_old_or_impossible_acknowledgement_frees_nothing(sequence: int) -> None:
    queue = make_queue(20, filled=10)
    queue.acknowledge(3)
    assert not queue.acknowledge(sequence)
    assert (queue.acknowledged, len(queue)) == (3, 7)


def test_what_is_not_acknowledged_can_be_sent_again() -> None:
    queue = make_queue(20, filled=10)
    take_all(queue)
    queue.acknowledge(4)
    queue.send_again()
    assert queue.unsent == 6
    assert take_all(queue) == [4, 5, 6, 7, 8, 9]


@given(
    capacity=st.integers(1, 12),
    steps=st.lists(
        st.one_of(
            st.tuples(st.just('append'), st.integers(1, 8)),
            st.tuples(st.just('take'), st.integers(1, 8)),
            st.tuples(st.just('acknowledge'), st.integers(0, 80)),
            st.tuples(st.just('again'), st.just(0)),
        ),
        max_size=40,
    ),
)
def test_any_order_of_calls_agrees_with_a_plain_list(
    capacity: int, steps: list[tuple[str, int]]
) -> None:
    queue = make_queue(capacity)
    appended = acknowledged = sent = dropped = 0
    for name, number in steps:
        if name == 'append':
            for _ in range(number):
                dropped += appended - max(acknowledged, appended - capacity) == capacity
                append(queue, appended)
                appended += 1
        elif name == 'acknowledge':
            assert queue.acknowledge(number) == (acknowledged < number <= appended)
            acknowledged = number if acknowledged < number <= appended else acknowledged
        elif name == 'again':
            queue.send_again()
            sent = acknowledged
        else:
            sent = max(sent, acknowledged, appended - capacity)
            taken = queue.take(number)
            assert (taken is None) == (sent == appended)
            if taken is not None:
                numbers = check_rows(*taken)
                assert numbers[0] == sent
                assert 1 <= len(numbers) <= number
                sent = numbers[-1] + 1
        assert queue.appended == appended
        assert queue.dropped == dropped
        assert queue.oldest == max(acknowledged, appended - capacity)
        assert len(queue) == appended - queue.oldest
        assert queue.unsent == appended - max(sent, queue.oldest)


def test_a_row_that_is_half_written_is_never_taken() -> None:
    queue = make_queue(4, filled=4)
    numbers: list[int] = []

    class Rewards(np.ndarray):
        """Lets the reader come in when a row is half written."""

        def __setitem__(self, *item: object) -> None:
            queue.send_again()
            numbers.extend(take_all(queue))
            super().__setitem__(*item)

    rows = queue.rows
    queue.rows = replace(rows, rewards=rows.rewards.view(Rewards))
    for number in range(4, 20):
        append(queue, number)
    assert max(numbers) == 18


def test_rows_that_are_overwritten_while_they_are_copied_are_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue = make_queue(4, filled=4)
    copy, next_number = Transitions.copy, iter(range(4, 9))

    def copy_slowly(rows: Transitions) -> Transitions:
        for number in next_number:
            append(queue, number)
            break
        return copy(rows)

    monkeypatch.setattr(Transitions, 'copy', copy_slowly)
    assert take_all(queue, limit=2) == [5, 6, 7, 8]
    assert queue.dropped == 5


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    """Let threads take turns at every chance."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures('impatient_threads')
@settings(max_examples=15)
@given(capacity=st.integers(1, 64), limit=st.integers(1, 40), keep_up=st.booleans())
def test_a_writer_at_full_speed_never_tears_a_row_or_makes_one_come_twice(
    capacity: int, limit: int, keep_up: bool
) -> None:
    queue, total = make_queue(capacity), 3000
    writer = threading.Thread(target=lambda: [append(queue, n) for n in range(total)])
    numbers: list[int] = []
    writer.start()
    while writer.is_alive() or queue.unsent:
        taken = queue.take(limit)
        if taken is None:
            continue
        numbers += check_rows(*taken)
        if keep_up:
            queue.acknowledge(numbers[-1] + 1)
        assert 0 <= len(queue) <= capacity
        assert queue.unsent >= 0
    writer.join()
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == total - 1
    if not keep_up:
        assert queue.dropped == total - capacity
    # Whatever did not come out was dropped, and is counted.
    assert total - len(numbers) <= queue.dropped
