# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""When transitions go out, when again, and when lockstep lets the actor go on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sac_actor.outbox import Outbox
from sac_actor.transition_queue import TransitionQueue
from sac_core.testing import FakeClock

pytestmark = pytest.mark.timeout(20)
FIRST_LEARNER, SECOND_LEARNER = 11, 22


class Bench:
    """An outbox over a queue, and the rows that came out of it."""

    def __init__(self, *, capacity: int = 10_000, flush_timeout: float = 2.0) -> None:
        self.clock = FakeClock()
        self.queue = TransitionQueue(capacity, observation_dim=1, action_dim=1)
        self.outbox = Outbox(
            self.queue,
            session=5,
            actor='/actor',
            batch_size=10,
            flush_timeout=flush_timeout,
            resend_timeout=5.0,
            clock=self.clock,
        )

    def produce(self, count: int) -> None:
        for _ in range(count):
            self.queue.append(
                observation=np.zeros(1, np.float32),
                action=np.zeros(1, np.float32),
                reward=0.0,
                next_observation=np.zeros(1, np.float32),
                terminated=False,
                truncated=False,
                intervened=False,
                filtered=False,
                episode_id=0,
                policy_version=0,
            )

    def sent(self, *, flush: bool = False) -> list[tuple[int, int]]:
        """First sequence number and length of each batch that is due."""
        return [
            (batch.first_sequence, len(batch.rows)) for batch in self.outbox.batches(flush=flush)
        ]

    def acknowledge(
        self,
        next_sequence: int,
        *,
        learner: int = FIRST_LEARNER,
        trained: int = 0,
        version: int = 0,
        received: int = 0,
    ) -> None:
        self.outbox.acknowledge(
            learner_session=learner,
            next_sequence=next_sequence,
            trained_sequence=trained,
            policy_version=version,
            received_sequence=received,
        )

    def may_produce(self, version: int) -> bool:
        return self.outbox.may_produce(sequence=self.queue.appended, version=version)


def test_full_batches_go_out_and_the_rest_waits() -> None:
    bench = Bench()
    bench.produce(9)
    assert not bench.outbox.is_full()
    assert bench.sent() == []
    bench.produce(16)
    assert bench.outbox.is_full()
    assert bench.sent() == [(0, 10), (10, 10)]
    assert bench.outbox.sent == 20


def test_a_partial_batch_goes_out_when_it_has_waited_long_enough() -> None:
    bench = Bench()
    bench.produce(3)
    bench.clock.now += 1.9
    assert bench.sent() == []
    bench.clock.now += 0.2
    assert bench.sent() == [(0, 3)]


def test_in_lockstep_no_clock_cuts_a_batch() -> None:
    bench = Bench(flush_timeout=math.inf)
    bench.produce(3)
    bench.clock.now += 1e6
    assert bench.sent() == []


def test_a_flush_sends_what_there_is() -> None:
    bench = Bench()
    bench.produce(13)
    assert bench.sent(flush=True) == [(0, 10), (10, 3)]
    assert bench.sent(flush=True) == []


def test_a_batch_says_who_sends_it_and_what_is_the_oldest_row_kept() -> None:
    bench = Bench(capacity=15)
    bench.produce(20)
    (batch,) = bench.outbox.batches()
    assert (batch.actor_session, batch.actor) == (5, '/actor')
    assert (batch.oldest_sequence, batch.first_sequence) == (5, 5)


def test_rows_dropped_while_their_batch_was_cut_leave_the_batch_valid() -> None:
    bench = Bench(capacity=15)
    bench.produce(15)
    batches = bench.outbox.batches(flush=True)
    take = bench.queue.take

    def take_and_be_overtaken(limit: int) -> object:
        taken = take(limit)
        bench.produce(12)
        return taken

    bench.queue.take = take_and_be_overtaken  # type: ignore[method-assign, assignment]
    batch = next(batches)
    assert bench.queue.oldest > batch.first_sequence
    assert batch.oldest_sequence <= batch.first_sequence


def test_nothing_is_sent_again_while_acknowledgements_come() -> None:
    bench = Bench()
    for step in range(1, 10):
        bench.produce(10)
        assert len(bench.sent()) == 1
        bench.clock.now += 3.0
        bench.acknowledge(10 * step)
    assert bench.outbox.resends == 0


def test_without_an_acknowledgement_everything_that_is_out_is_sent_again() -> None:
    bench = Bench()
    bench.produce(30)
    bench.sent()
    bench.acknowledge(10)
    bench.clock.now += 5.1
    assert bench.sent() == [(10, 10), (20, 10)]
    assert (bench.outbox.resends, bench.outbox.sent) == (1, 30)
    assert bench.sent() == []


def test_a_long_silence_before_anything_was_out_is_no_missing_acknowledgement() -> None:
    bench = Bench()
    bench.clock.now += 100.0
    bench.produce(10)
    assert bench.sent() == [(0, 10)]
    bench.clock.now += 1.0
    assert bench.sent() == []


def test_an_absent_learner_is_sent_a_bounded_number_of_batches() -> None:
    bench = Bench(capacity=10_000)
    published = 0
    for _ in range(60):  # five minutes, an hour's worth of transitions
        bench.produce(500)
        bench.clock.now += 5.1
        published += len(bench.sent())
    assert published <= 60 * 100
    assert not bench.outbox.is_full()


def test_a_learner_that_comes_back_gets_the_whole_queue_in_order() -> None:
    bench = Bench(capacity=10_000)
    bench.produce(10_000)
    bench.sent()
    stored = 0
    for _ in range(200):
        bench.clock.now += 1.0
        bench.acknowledge(stored, learner=SECOND_LEARNER)
        for first, count in bench.sent():
            assert first <= stored
            stored = max(stored, first + count)
        if stored == 10_000:
            break
    assert stored == 10_000


def test_a_learner_that_was_restarted_gets_at_once_what_is_not_acknowledged() -> None:
    bench = Bench()
    bench.produce(20)
    bench.sent()
    bench.acknowledge(10)
    bench.outbox.note_learner(SECOND_LEARNER)
    assert bench.sent() == [(10, 10)]
    bench.acknowledge(20, learner=SECOND_LEARNER)
    assert bench.sent() == []


def test_lockstep_allows_one_batch_beyond_what_is_trained() -> None:
    bench = Bench()
    bench.produce(9)
    assert bench.may_produce(version=1)
    bench.produce(1)
    assert not bench.may_produce(version=1)
    bench.sent()
    bench.acknowledge(10, trained=0, version=1)
    assert not bench.may_produce(version=1)
    bench.acknowledge(10, trained=10, version=2)
    assert not bench.may_produce(version=1)
    assert bench.may_produce(version=2)


def test_lockstep_never_sees_a_new_turn_with_the_old_version() -> None:
    bench = Bench()
    seen: list[tuple[int, int]] = []

    class Watched(Outbox):
        """Notes what the control thread would see after each assignment."""

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name in ('trained_sequence', 'policy_version'):
                seen.append((self.trained_sequence, self.policy_version))

    bench.produce(10)
    bench.sent()
    bench.outbox.__class__ = Watched
    bench.acknowledge(10, trained=10, version=2)
    assert (10, 0) not in seen
    assert seen[-1] == (10, 2)


@pytest.mark.parametrize('remembers', [False, True])
@pytest.mark.parametrize('acknowledged', [0, 10])
@pytest.mark.parametrize('unsent', [0, 4])
def test_lockstep_goes_on_after_a_restart_of_the_learner(
    acknowledged: int, unsent: int, remembers: bool
) -> None:
    bench = Bench(flush_timeout=math.inf)
    bench.acknowledge(0, trained=0, version=57)
    bench.produce(10)
    bench.sent()
    bench.acknowledge(acknowledged, trained=0, version=57)  # died before it was trained on
    if acknowledged:
        bench.acknowledge(acknowledged, trained=acknowledged if unsent else 0, version=58)
        bench.produce(unsent)

    stored = acknowledged if remembers else 0
    for _ in range(10):
        bench.outbox.note_learner(SECOND_LEARNER)
        for batch in bench.outbox.batches():
            stored = batch.first_sequence + len(batch.rows)
            bench.acknowledge(stored, learner=SECOND_LEARNER, trained=0, version=1)
        # It tells each actor that it hears of how far it is.
        bench.acknowledge(stored, learner=SECOND_LEARNER, trained=stored, version=1)
        if bench.may_produce(version=1):
            bench.produce(1)
        bench.clock.now += 1.0
    assert bench.queue.appended > 10 + (unsent if acknowledged else 0)


def test_lockstep_waits_for_a_restarted_learner_to_be_where_its_predecessor_was() -> None:
    bench = Bench(flush_timeout=math.inf)
    bench.produce(10)
    bench.sent()
    bench.acknowledge(10, trained=10, version=5)
    assert bench.may_produce(version=5)
    bench.outbox.note_learner(SECOND_LEARNER)  # its restored policy arrives first
    assert not bench.may_produce(version=100)
    bench.acknowledge(10, learner=SECOND_LEARNER, trained=10, version=101)
    assert not bench.may_produce(version=100)
    assert bench.may_produce(version=101)


def test_an_acknowledgement_from_the_past_undoes_nothing() -> None:
    bench = Bench()
    bench.produce(20)
    bench.sent()
    bench.acknowledge(20)
    bench.acknowledge(10)
    assert bench.queue.acknowledged == 20


def test_a_learner_whose_disk_is_full_is_sent_everything_once_and_everything_is_kept() -> None:
    bench = Bench(capacity=10_000)
    received = 0
    for _ in range(300):  # three times what may be on its way
        bench.produce(10)
        received += sum(count for _, count in bench.sent())
        bench.acknowledge(min(20, received), received=received)
        bench.clock.now += 60.0  # far beyond the time after which it sends again
    assert received == 3000
    assert bench.sent() == []
    assert len(bench.queue) == 2980
    bench.acknowledge(3000, received=3000)
    assert len(bench.queue) == 0


def test_another_learner_gets_what_the_one_before_it_could_not_save() -> None:
    bench = Bench()
    bench.produce(30)
    bench.sent()
    bench.acknowledge(10, received=30)
    bench.outbox.note_learner(SECOND_LEARNER)
    assert bench.sent() == [(10, 10), (20, 10)]
