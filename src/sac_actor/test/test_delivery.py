# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What killed actors left is delivered: once, in order, under the sessions that produced it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
import random

import pytest
from sac_actor.config import ActorSettings
from sac_actor.delivery import Delivery
from sac_actor.state_directory import StateDirectory

from .fakes import make_spec
from .numbered import append
from .queues import abandon, FakeLearner

pytestmark = pytest.mark.timeout(30)


class Session:
    """An actor's session that makes steps when a test says so."""

    def __init__(self, path: Path, number: int, **settings: object) -> None:
        self.state = StateDirectory(path)
        self.number = number
        self.delivery = Delivery(
            ActorSettings(
                **{'transition_batch_size': 10, 'queue_capacity': 100, **settings}  # type: ignore[arg-type]
            ),
            make_spec(),
            session=number,
            name='/actor',
            state=self.state,
        )
        self.env_steps = self.delivery.totals.env_steps

    def step(self, count: int) -> None:
        for _ in range(count):
            append(self.delivery.queue, self.delivery.queue.appended)
            self.env_steps += 1
            self.delivery.queue.note_totals(env_steps=self.env_steps, episodes=0)

    def deliver(self, learner: FakeLearner, *, batches: int = 1000, answer: bool = True) -> None:
        """Send what is due, some batches of it, and take the answers."""
        for _, batch in zip(range(batches), self.delivery.batches(flush=True), strict=False):
            learner.store(batch)
            if answer:
                self.delivery.acknowledge(**learner.answer(batch.actor_session))

    def kill(self) -> None:
        abandon(self.state)

    def end(self) -> None:
        self.state.close()


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    sessions: list[Session] = []

    def make(**settings: object) -> Session:
        sessions.append(Session(tmp_path, len(sessions) + 1, **settings))
        return sessions[-1]

    yield make
    for session in sessions:
        session.end()


@pytest.fixture
def learner() -> FakeLearner:
    return FakeLearner()


def test_the_next_session_delivers_what_a_killed_one_left(
    begin: Callable[..., Session], learner: FakeLearner, tmp_path: Path
) -> None:
    first = begin()
    first.step(20)
    first.deliver(learner)
    first.step(25)
    first.kill()
    second = begin()
    assert second.delivery.totals.env_steps == 45
    assert (second.delivery.kept, second.delivery.is_stored) == (25, False)
    second.step(15)
    second.deliver(learner)
    second.deliver(learner)
    assert learner.stored == {1: list(range(45)), 2: list(range(15))}
    assert (learner.lost, learner.duplicates) == (0, 0)
    assert (second.delivery.kept, second.delivery.is_stored) == (0, True)
    assert second.delivery.sent == second.delivery.acknowledged == 60
    second.end()
    assert {path.name for path in tmp_path.iterdir()} == {'lock', 'totals.json'}


def test_sessions_are_delivered_in_their_order_after_several_kills(
    begin: Callable[..., Session], learner: FakeLearner
) -> None:
    for _ in range(3):
        session = begin()
        session.step(12)
        session.kill()
    last = begin()
    last.step(1)
    while not last.delivery.is_stored:
        last.deliver(learner)
    assert list(learner.stored) == [1, 4, 2, 3]  # this session waits for no other
    assert [len(rows) for rows in learner.stored.values()] == [12, 1, 12, 12]
    assert (learner.lost, learner.duplicates) == (0, 0)


def test_a_kill_while_earlier_rows_are_delivered_repeats_what_was_not_answered_only(
    begin: Callable[..., Session], learner: FakeLearner
) -> None:
    first = begin()
    first.step(45)
    first.kill()
    second = begin()
    second.deliver(learner, batches=2)
    second.deliver(learner, batches=1, answer=False)
    second.kill()
    third = begin()
    assert third.delivery.kept == 25
    third.deliver(learner)
    assert learner.stored == {1: list(range(45))}
    assert learner.duplicates == 10  # sent twice, stored once
    assert third.delivery.is_stored


def test_a_damaged_row_is_lost_and_said_and_the_others_are_delivered(
    begin: Callable[..., Session], learner: FakeLearner, tmp_path: Path
) -> None:
    first = begin()
    first.step(30)
    first.state.own.rows.rewards[17] += 1.0  # type: ignore[union-attr]
    first.kill()
    second = begin()
    assert '1 transitions damaged' in second.delivery.warning
    for _ in range(3):
        second.deliver(learner)
    assert learner.stored == {1: [*range(17), *range(18, 30)]}
    assert (learner.lost, second.delivery.dropped) == (1, 1)
    assert second.delivery.is_stored
    assert len(list(tmp_path.glob('*.ring.damaged'))) == 1


def test_a_learner_that_has_more_than_a_file_after_a_power_cut_is_believed(
    begin: Callable[..., Session], learner: FakeLearner
) -> None:
    first = begin()
    first.step(20)
    first.kill()
    second = begin()
    second.delivery.acknowledge(
        actor_session=1,
        learner_session=9,
        next_sequence=35,
        trained_sequence=35,
        policy_version=0,
    )
    assert second.delivery.is_stored


@pytest.mark.parametrize(
    ('session', 'sequence'), [(0, 20), (77, 20), (2**63, 20), (1, 121), (1, 2**64 - 1)]
)
def test_an_acknowledgement_of_another_session_or_an_impossible_one_frees_nothing(
    begin: Callable[..., Session], session: int, sequence: int
) -> None:
    first = begin()
    first.step(20)
    first.kill()
    second = begin()
    second.delivery.acknowledge(
        actor_session=session,
        learner_session=9,
        next_sequence=sequence,
        trained_sequence=0,
        policy_version=0,
    )
    assert second.delivery.kept == 20


def test_a_restarted_learner_gets_earlier_rows_again(
    begin: Callable[..., Session], learner: FakeLearner
) -> None:
    first = begin()
    first.step(20)
    first.kill()
    second = begin()
    second.delivery.note_learner(learner.session)
    second.deliver(learner, answer=False)
    another = FakeLearner(session=learner.session + 1)
    second.delivery.note_learner(another.session)
    second.deliver(another)
    assert another.stored == {1: list(range(20))}
    assert second.delivery.is_stored


def test_in_lockstep_nothing_is_produced_before_earlier_rows_are_stored(
    begin: Callable[..., Session], learner: FakeLearner
) -> None:
    first = begin(control_rate=0.0)
    first.step(7)
    first.kill()
    second = begin(control_rate=0.0)
    assert not second.delivery.may_produce(1)
    second.deliver(learner)
    assert second.delivery.may_produce(1)


def test_a_queue_that_fills_is_warned_of_long_before_it_is_full(
    begin: Callable[..., Session],
) -> None:
    session = begin(queue_warn_share=0.5)
    session.step(49)
    assert session.delivery.warning == ''
    session.step(1)
    assert '50 of 100 transitions wait' in session.delivery.warning
    session.step(51)
    assert '1 transitions lost: the queue of 100 was full' in session.delivery.warning


@pytest.mark.parametrize('seed', range(20))
def test_whatever_is_killed_when_everything_is_stored_once(
    begin: Callable[..., Session], seed: int
) -> None:
    """Kills of the actor, lost messages and lost answers at random, and full rings never."""
    chance, learner = random.Random(seed), FakeLearner()
    session = begin(queue_capacity=500)
    for _ in range(40):
        what = chance.random()
        if what < 0.5:
            session.step(chance.randrange(30))
        elif what < 0.8:
            session.deliver(learner, batches=chance.randrange(1, 5), answer=chance.random() < 0.7)
        else:
            session.kill()
            session = begin(queue_capacity=500)
    produced = session.env_steps
    while not session.delivery.is_stored:
        session.delivery.note_learner(chance.randrange(1, 1000))  # makes it send again
        session.deliver(learner)
    assert sum(map(len, learner.stored.values())) == produced
    assert all(rows == list(range(len(rows))) for rows in learner.stored.values())
    assert learner.lost == 0
