# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The training thread: stores what arrived, trains as the pace allows, hands out the results.

This thread alone changes what the learner owns, so it needs no lock here. What arrives is put into
a queue; what leaves goes through the callbacks, called on this thread. Others read single numbers
(how many steps or transitions are left), and the thread of `ModelRollouts` draws from the replay
buffer while a step computes, under the buffer's own lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import math
import queue
import threading
import time
import traceback

from sac_core.transitions import TransitionBatch
from sac_core.weights import NotFiniteError, PolicyWeights
from sac_learner.algorithms.base import Algorithm
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.checkpoint import CheckpointWriter
from sac_learner.config import LearnerSettings
from sac_learner.finiteness import DIVERGED
from sac_learner.learner import Learner
from sac_learner.learner_state import LearnerStats, PolicyInProgress

_IDLE_SECONDS = 0.05


@dataclass(frozen=True)
class Acknowledgement:
    """What is stored of an actor session, and how far it is trained on; see TransitionAck.msg."""

    actor_session: int
    next_sequence: int
    received_sequence: int
    trained_sequence: int
    policy_version: int


class TrainingLoop:
    """Runs a learner on a thread of its own.

    :param build: builds the algorithm for another ratio, when one is asked for
    :param publish: takes each new policy
    :param acknowledge: takes each acknowledgement
    :param report: takes the figures of the training every `status_period`
    :param checkpoints: None: no checkpoints
    """

    def __init__(
        self,
        learner: Learner,
        settings: LearnerSettings,
        *,
        build: Callable[[AlgorithmConfig], Algorithm],
        publish: Callable[[PolicyWeights], None],
        acknowledge: Callable[[Acknowledgement], None],
        report: Callable[[LearnerStats], None],
        checkpoints: CheckpointWriter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._learner = learner
        self._settings = settings
        self._build = build
        self._publish = publish
        self.acknowledge = acknowledge
        self._report = report
        self._checkpoints = checkpoints
        self._clock = clock
        self._inbox: queue.SimpleQueue[TransitionBatch | int] = queue.SimpleQueue()
        self._may_train = threading.Event()
        self._stop = threading.Event()
        self._save = threading.Event()
        self._thread = threading.Thread(target=self._guarded_run, name='training')
        self._utd_ratio = learner.config.utd_ratio  # that is wanted
        self._trained: dict[int, int] = {}  # session: sequence up to which it is trained on
        self._pending_grants: set[int] = set()
        self._catching_up = settings.lockstep
        self._published_steps = -1
        self._coming_policy: PolicyInProgress | None = None
        self._published_at = -math.inf
        self._reported_at = -math.inf
        self._next_checkpoint = clock() + settings.checkpoint_period
        self._last_report = (clock(), 0)
        self._finite_steps = learner.algorithm.steps  # at which all figures were finite
        self._failure = ''
        self.paused_by_operator = (
            False  # an operator wants no updates for a while; storing continues
        )

    @property
    def failure(self) -> str:
        """Why the training must end; empty while all is well."""
        return self._failure or (self._checkpoints.failure if self._checkpoints else '')

    def activate(self) -> None:
        """Publish the policy, untrained or restored, and begin; or train on after `deactivate`."""
        self._may_train.set()
        if self._thread.ident is None:
            self._thread.start()

    def deactivate(self) -> None:
        """Make no further updates; keep storing and acknowledging."""
        self._may_train.clear()

    @property
    def is_deactivated(self) -> bool:
        """Whether no updates are made: before `activate` and after `deactivate`."""
        return not self._may_train.is_set()

    def put(self, batch: TransitionBatch) -> None:
        """Hand over a checked batch; returns at once."""
        self._inbox.put(batch)

    def register_actor(self, session: int) -> None:
        """Note that an actor is there; returns at once.

        In lockstep it is told its turn: after a restart it may be waiting for one that its
        earlier learner had not granted.
        """
        if self._settings.lockstep:
            self._inbox.put(session)

    @property
    def disk_problem(self) -> str:
        """Why the replay is not safe on its disk; empty where all is well."""
        return self._learner.storage.problem

    @property
    def offline_left(self) -> int:
        """Learner steps that are to be made from prior data alone."""
        return self._learner.offline_left

    @property
    def replaying(self) -> int:
        """Stored transitions that a restarted learner has not taken in again yet."""
        return self._learner.pending_recovered

    def change(self, settings: LearnerSettings) -> None:
        """Use other periods from the next step on; returns at once."""
        self._settings = settings

    def change_ratio(self, utd_ratio: int) -> None:
        """Train at another ratio after the step under way; returns at once."""
        self._utd_ratio = utd_ratio

    def save_checkpoint(self) -> None:
        """Ask for a checkpoint between two steps; returns at once."""
        self._save.set()

    def close(self) -> None:
        """Store what has arrived, write a last checkpoint and end the thread."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._learner.close()
        if self._checkpoints is not None:
            self._checkpoints.close()

    def _guarded_run(self) -> None:
        try:
            self._run()
        except NotFiniteError as error:
            self._failure = f'{DIVERGED}{error}'
        except Exception as error:  # noqa: BLE001  whatever it was, the process must say so and end
            traceback.print_exc()
            self._failure = f'training failed: {error!r}'

    def _run(self) -> None:
        self._train_offline()
        if self._learner.offline_left:
            return self._say_last()  # told to end: a half-trained policy is not published
        self._publish_policy()
        while not self._stop.is_set():
            arrived = not self._must_catch_up() and self._store_arrived()
            if self._utd_ratio != self._learner.config.utd_ratio:
                self._change_ratio()
            may_train = self._may_train.is_set() and not self.paused_by_operator
            trained = may_train and self._learner.train()
            if self._settings.lockstep:
                self._grant_lockstep()
            else:
                self._publish_if_due()
            self._retry_saving()
            self._report_if_due()
            self._save_if_due()
            if not arrived and not trained:
                self._wait()
        if not self._must_catch_up():
            self._store_arrived()
        self._say_last()

    def _say_last(self) -> None:
        self._report_now()
        if self._checkpoints is not None:
            self._checkpoints.write(self._learner.snapshot())

    def _change_ratio(self) -> None:
        self._learner.change_ratio(self._utd_ratio, self._build)
        if self._checkpoints is not None:
            self._checkpoints.config = self._learner.config

    def _train_offline(self) -> None:
        """Train from prior data alone; no robot moves before there is a policy.

        What comes meanwhile waits, unacknowledged: from a run that goes on.
        """
        while self._learner.offline_left and not self._stop.is_set():
            if self._may_train.is_set() and not self.paused_by_operator:
                self._learner.train_offline()
            else:
                self._stop.wait(_IDLE_SECONDS)
            self._report_if_due()
            self._save_if_due()

    def _must_catch_up(self) -> bool:
        """Lockstep: return whether a restarted learner is not yet where its predecessor was.

        What comes now would not have come before that; it waits, unacknowledged.
        """
        if self._catching_up:
            self._catching_up = (
                self._learner.pending_recovered > 0 or self._learner.update_is_due()
            )
        return self._catching_up

    def _store_arrived(self) -> bool:
        arrived = False
        while True:
            try:
                self._take(self._inbox.get_nowait())
            except queue.Empty:
                return arrived
            arrived = True

    def _wait(self) -> None:
        """Wait for a batch; while batches have to wait, for the end."""
        if self._must_catch_up():
            self._stop.wait(_IDLE_SECONDS)
            return
        try:
            self._take(self._inbox.get(timeout=_IDLE_SECONDS))
        except queue.Empty:
            return

    def _take(self, arrived: TransitionBatch | int) -> None:
        if isinstance(arrived, int):
            self._pending_grants.add(arrived)
        else:
            self._store(arrived)

    def _store(self, batch: TransitionBatch) -> None:
        session = batch.actor_session
        self._learner.store(batch)
        if self._settings.lockstep:
            self._pending_grants.add(session)
        else:
            self._trained[session] = self._learner.sequences.next_sequence(session)
        self._acknowledge_session(session)

    def _retry_saving(self) -> None:
        """Where a disk was full: acknowledge what it has taken by now."""
        for session in self._learner.storage.retry():
            self._acknowledge_session(session)

    def _grant_lockstep(self) -> None:
        """Lockstep: where no update is due, let the actors continue, with the newest policy."""
        if (
            not self._pending_grants
            or self._learner.pending_recovered
            or self._learner.update_is_due()
        ):
            return
        if self._learner.algorithm.steps != self._published_steps:
            self._publish_policy()
        for session in self._pending_grants:
            self._trained[session] = self._learner.sequences.next_sequence(session)
            self._acknowledge_session(session)
        self._pending_grants.clear()

    def _acknowledge_session(self, session: int) -> None:
        lockstep = self._settings.lockstep
        self.acknowledge(
            Acknowledgement(
                actor_session=session,
                next_sequence=self._learner.saved_sequence(session),
                received_sequence=self._learner.sequences.next_sequence(session),
                trained_sequence=self._trained.get(session, 0),
                policy_version=self._learner.policy_version if lockstep else 0,
            )
        )

    def _publish_if_due(self) -> None:
        """Begin a copy of the policy if it is time, and publish one that is there."""
        now, steps = self._clock(), self._learner.algorithm.steps
        if (
            self._coming_policy is None
            and now >= self._published_at + self._settings.weights_publish_period
            and steps != self._published_steps
        ):
            self._published_at = now
            self._published_steps = steps
            self._coming_policy = self._learner.begin_policy()
        if self._coming_policy is not None and self._coming_policy.ready():
            self._publish(self._coming_policy.weights())
            self._coming_policy = None

    def _publish_policy(self) -> None:
        self._published_steps = self._learner.algorithm.steps
        self._publish(self._learner.new_policy())

    def _report_if_due(self) -> None:
        if self._clock() >= self._reported_at + self._settings.status_period:
            self._report_now()

    def _report_now(self) -> None:
        now, steps = self._clock(), self._learner.algorithm.steps
        then, steps_then = self._last_report
        rate = (steps - steps_then) / (now - then) if now > then else 0.0
        self._last_report = (now, steps)
        self._reported_at = now
        self._report(self._learner.stats(steps_per_second=rate))
        self._check_finite()

    def _check_finite(self) -> None:
        """End the training where it has diverged: nothing that follows would be worth keeping."""
        steps = self._learner.algorithm.steps
        try:
            self._learner.check_finite()
        except NotFiniteError as error:
            raise NotFiniteError(
                f'{error}; seen at learner step {steps}, all was finite at {self._finite_steps}'
            ) from error
        self._finite_steps = steps

    def _save_if_due(self) -> None:
        now = self._clock()
        if self._save.is_set() or now >= self._next_checkpoint:
            self._save.clear()
            self._next_checkpoint = now + self._settings.checkpoint_period
            if self._checkpoints is not None:
                self._checkpoints.write(self._learner.snapshot())
