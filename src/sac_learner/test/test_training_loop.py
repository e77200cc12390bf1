# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The training thread: turns in lockstep, bounded publishing at 50 Hz, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import math
import threading

import pytest
from sac_core.testing import until
from sac_core.weights import PolicyWeights
from sac_learner.algorithms.base import PolicyTensors
from sac_learner.config import LearnerSettings
from sac_learner.learner_state import LearnerSnapshot, LearnerStats
from sac_learner.training_loop import Acknowledgement, TrainingLoop

from .fakes import CONFIG, CountingStep, make_batch, make_learner

pytestmark = pytest.mark.timeout(30)


class FakeCheckpoints:
    """Keeps the snapshots that it is given."""

    def __init__(self) -> None:
        self.snapshots: list[LearnerSnapshot] = []
        self.closed = False
        self.failure = ''

    def write(self, snapshot: LearnerSnapshot) -> None:
        self.snapshots.append(snapshot)

    def close(self) -> None:
        self.closed = True


class Bench:
    """A training loop with a step that counts, and all that it handed out, in order."""

    def __init__(
        self, *, on_step: Callable[[], None] = lambda: None, **settings: float | bool
    ) -> None:
        self.settings = LearnerSettings(**{'training_starts': 10, **settings})
        self.algorithm = CountingStep(on_step)
        self.learner = make_learner(self.settings, self.algorithm)
        self.events: list[PolicyWeights | Acknowledgement] = []
        self.stats: list[LearnerStats] = []
        self.checkpoints = FakeCheckpoints()
        self.now = 100.0
        self.loop = TrainingLoop(
            self.learner,
            self.settings,
            build=lambda config: CountingStep(on_step),
            publish=self.events.append,
            acknowledge=self.events.append,
            report=self.stats.append,
            checkpoints=self.checkpoints,  # type: ignore[arg-type]
            clock=lambda: self.now,
        )

    @property
    def policies(self) -> list[PolicyWeights]:
        return [event for event in self.events if isinstance(event, PolicyWeights)]

    @property
    def acknowledgements(self) -> list[Acknowledgement]:
        return [event for event in self.events if isinstance(event, Acknowledgement)]

    def acknowledged(self, session: int = 1) -> tuple[int, int]:
        """Newest next_sequence and trained_sequence of a session."""
        for event in reversed(self.acknowledgements):
            if event.actor_session == session:
                return event.next_sequence, event.trained_sequence
        return 0, 0


@pytest.fixture
def make() -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make_bench(**options: object) -> Bench:
        benches.append(Bench(**options))  # type: ignore[arg-type]
        return benches[-1]

    yield make_bench
    for bench in benches:
        bench.loop.close()


def test_the_untrained_policy_is_published_before_anything_arrives(
    make: Callable[..., Bench],
) -> None:
    bench = make()
    bench.loop.activate()
    until(lambda: bool(bench.policies))
    assert (bench.policies[0].version, bench.policies[0].learner_steps) == (1, 0)


def test_what_is_stored_is_acknowledged_at_once_on_a_clock(make: Callable[..., Bench]) -> None:
    gate = threading.Event()
    bench = make(on_step=gate.wait, training_starts=1)
    bench.loop.activate()
    bench.loop.put(make_batch(0, 30))
    until(lambda: bench.acknowledged() == (30, 30))
    assert bench.algorithm.steps == 0  # nobody waits for the first update
    assert bench.acknowledgements[-1].policy_version == 0
    gate.set()


def test_each_batch_is_acknowledged_duplicates_too(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.loop.activate()
    for _ in range(3):
        bench.loop.put(make_batch(0, 5))
    until(lambda: len(bench.acknowledgements) == 3)
    assert [event.next_sequence for event in bench.acknowledgements] == [5, 5, 5]


class SlowCopy:
    """Weights of now that arrive when the device says so."""

    def __init__(self, tensors: PolicyTensors, arrived: threading.Event) -> None:
        self._tensors = tensors
        self._arrived = arrived

    def ready(self) -> bool:
        return self._arrived.is_set()

    def tensors(self) -> PolicyTensors:
        self._arrived.wait()
        return self._tensors


def test_training_goes_on_while_a_policy_is_on_its_way(make: Callable[..., Bench]) -> None:
    arrived = threading.Event()
    bench = make(training_starts=1, weights_publish_period=0.0)
    bench.loop.activate()
    until(lambda: len(bench.policies) == 1)
    step = bench.algorithm
    bench.learner.training.batches.copy_policy = lambda: SlowCopy(step.policy_tensors(), arrived)
    bench.loop.put(make_batch(0, 51))
    until(lambda: step.steps == 50)
    assert len(bench.policies) == 1
    arrived.set()
    until(lambda: bench.policies[-1].learner_steps == 50)
    for policy in bench.policies:  # the weights are those of the step that the policy names
        assert (policy.tensors['mean.bias'] == policy.learner_steps).all()
    assert len(bench.policies) == 3  # none is begun before the last one is out


def test_lockstep_gives_a_turn_only_when_every_owed_step_is_made(
    make: Callable[..., Bench],
) -> None:
    trained_at_turn: list[int] = []
    bench = make(lockstep=True)
    take = bench.events.append

    def note(event: Acknowledgement) -> None:
        if event.trained_sequence == event.next_sequence:
            trained_at_turn.append(bench.algorithm.steps)
        take(event)

    bench.loop.acknowledge = note
    bench.loop.activate()
    for number in range(6):
        bench.loop.put(make_batch(5 * number, 5))
        until(lambda: bench.acknowledged() == (5 * number + 5,) * 2)  # noqa: B023
    assert trained_at_turn == [0, 0, 5, 10, 15, 20]


def test_lockstep_publishes_the_trained_policy_before_the_turn(make: Callable[..., Bench]) -> None:
    bench = make(lockstep=True, training_starts=1)
    bench.loop.activate()
    for number in range(3):
        bench.loop.put(make_batch(4 * number, 4))
        until(lambda: bench.acknowledged() == (4 * number + 4,) * 2)  # noqa: B023
    newest: PolicyWeights | None = None
    turns = 0
    for event in bench.events:
        if isinstance(event, PolicyWeights):
            newest = event
        elif event.trained_sequence == event.next_sequence:
            turns += 1
            assert newest is not None
            assert newest.version == event.policy_version
            assert newest.learner_steps == event.next_sequence - 1
    assert turns == 3
    assert len(bench.policies) == 4  # one for each turn, not for each step


def test_lockstep_acknowledges_what_is_stored_before_it_trains(make: Callable[..., Bench]) -> None:
    gate = threading.Event()
    bench = make(on_step=gate.wait, lockstep=True, training_starts=1)
    bench.loop.activate()
    bench.loop.put(make_batch(0, 5))
    until(lambda: bench.acknowledged() == (5, 0))
    gate.set()
    until(lambda: bench.acknowledged() == (5, 5))


def test_lockstep_gives_each_actor_its_turn(make: Callable[..., Bench]) -> None:
    bench = make(lockstep=True)
    bench.loop.activate()
    for session in (1, 2, 3):
        bench.loop.put(make_batch(0, 10, session=session))
    until(lambda: all(bench.acknowledged(session) == (10, 10) for session in (1, 2, 3)))
    assert bench.algorithm.steps == 20


def test_lockstep_gives_the_turn_again_when_its_acknowledgement_was_lost(
    make: Callable[..., Bench],
) -> None:
    bench = make(lockstep=True)
    bench.loop.activate()
    bench.loop.put(make_batch(0, 15))
    until(lambda: bench.acknowledged() == (15, 15))
    count = len(bench.acknowledgements)
    bench.loop.put(make_batch(0, 15))
    until(lambda: len(bench.acknowledgements) >= count + 2)
    assert bench.acknowledged() == (15, 15)
    assert bench.algorithm.steps == 5


def test_a_paused_learner_stores_and_gives_no_turn_that_it_owes(
    make: Callable[..., Bench],
) -> None:
    bench = make(lockstep=True, training_starts=1)
    bench.loop.activate()
    bench.loop.deactivate()
    bench.loop.put(make_batch(0, 8))
    until(lambda: bench.acknowledged() == (8, 0))
    bench.loop.put(make_batch(8, 2))
    until(lambda: bench.acknowledged() == (10, 0))
    bench.loop.activate()
    until(lambda: bench.acknowledged() == (10, 10))
    assert bench.algorithm.steps == 9


def test_on_a_clock_policies_are_published_at_a_bounded_rate(make: Callable[..., Bench]) -> None:
    bench = make(training_starts=1, weights_publish_period=0.2)
    bench.loop.activate()
    bench.loop.put(make_batch(0, 101))
    until(lambda: bench.algorithm.steps == 100 and len(bench.policies) == 2)
    assert bench.policies[-1].learner_steps <= 2  # the clock stands still
    bench.now += 0.19
    bench.loop.put(make_batch(101, 50))
    until(lambda: bench.algorithm.steps == 150)
    assert len(bench.policies) == 2


def test_what_was_trained_last_is_published_though_nothing_more_arrives(
    make: Callable[..., Bench],
) -> None:
    bench = make(training_starts=1, weights_publish_period=0.2)
    bench.loop.activate()
    bench.loop.put(make_batch(0, 101))
    until(lambda: bench.algorithm.steps == 100)
    bench.now += 0.21
    until(lambda: bench.policies[-1].learner_steps == 100)
    bench.now += 10.0
    until(lambda: len(bench.stats) >= 2)
    assert bench.policies[-1].version == len(bench.policies) == 3


def test_figures_come_at_the_status_period_with_the_rate(make: Callable[..., Bench]) -> None:
    bench = make(training_starts=1, status_period=2.0)
    bench.loop.activate()
    until(lambda: len(bench.stats) == 1)
    bench.loop.put(make_batch(0, 41))
    until(lambda: bench.algorithm.steps == 40)
    bench.now += 2.0
    until(lambda: len(bench.stats) == 2)
    assert bench.stats[1].steps_per_second == pytest.approx(20.0)
    assert bench.stats[1].critic_updates == 40 * CONFIG.utd_ratio


def test_a_failure_is_reported_and_ends_the_thread(
    make: Callable[..., Bench], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ArithmeticError('loss is not finite')

    bench = make(on_step=fail, training_starts=1)
    bench.loop.activate()
    bench.loop.put(make_batch(0, 5))
    until(lambda: bool(bench.loop.failure))
    assert 'training failed' in bench.loop.failure
    assert 'loss is not finite' in bench.loop.failure
    assert '\n' not in bench.loop.failure
    bench.loop.close()
    assert bench.checkpoints.snapshots == []  # nothing half-updated is kept
    assert bench.checkpoints.closed
    assert 'Traceback' in capsys.readouterr().err


def test_training_that_diverges_ends_and_says_what_is_not_finite_and_since_when(
    make: Callable[..., Bench], capsys: pytest.CaptureFixture[str]
) -> None:
    bench = make(training_starts=1, status_period=2.0)
    bench.loop.activate()
    bench.loop.put(make_batch(0, 8))
    until(lambda: bench.algorithm.steps == 7)
    bench.now += 2.0
    until(lambda: len(bench.stats) == 2)
    bench.algorithm.loss = math.inf
    bench.loop.put(make_batch(8, 3))
    until(lambda: bench.algorithm.steps == 10)
    bench.now += 2.0
    until(lambda: bool(bench.loop.failure))
    assert bench.loop.failure == (
        'training diverged: critic_loss is inf; seen at learner step 10, all was finite at 7'
    )
    bench.loop.close()
    assert bench.checkpoints.snapshots == []
    assert 'Traceback' not in capsys.readouterr().err


def test_a_checkpoint_that_is_not_finite_ends_the_training(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.loop.activate()
    bench.checkpoints.failure = 'training diverged: actor.mean.bias holds nan'
    assert bench.loop.failure == bench.checkpoints.failure


def test_the_end_stores_what_has_arrived_and_saves(make: Callable[..., Bench]) -> None:
    entered, gate = threading.Event(), threading.Event()

    def step() -> None:
        entered.set()
        gate.wait()

    bench = make(on_step=step, training_starts=1)
    bench.loop.activate()
    bench.loop.put(make_batch(0, 2))
    assert entered.wait(10)
    for number in range(100):  # these arrive while it trains
        bench.loop.put(make_batch(2 + 10 * number, 10))
    closer = threading.Thread(target=bench.loop.close)
    closer.start()
    bench.loop.deactivate()
    gate.set()
    closer.join()
    assert bench.acknowledged() == (1002, 1002)
    assert bench.stats[-1].env_steps == 1002
    (snapshot,) = bench.checkpoints.snapshots
    assert snapshot.replay.total_added == 1002
    assert snapshot.rate_limiter.steps == bench.algorithm.steps
    assert bench.checkpoints.closed


def test_a_loop_that_never_began_can_be_closed(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.loop.close()
    assert bench.checkpoints.closed


def test_checkpoints_are_written_by_the_clock_and_on_request(make: Callable[..., Bench]) -> None:
    bench = make(checkpoint_period=60.0)
    bench.loop.activate()
    until(lambda: bool(bench.stats))
    bench.now += 59.0
    bench.loop.save_checkpoint()
    until(lambda: len(bench.checkpoints.snapshots) == 1)
    bench.now += 59.0
    until(lambda: len(bench.stats) >= 3)
    assert len(bench.checkpoints.snapshots) == 1  # the request began the period anew
    bench.now += 2.0
    until(lambda: len(bench.checkpoints.snapshots) == 2)
