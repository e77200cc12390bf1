# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner without ROS: stores transitions, makes the due updates, hands out policies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sac_core.arrays import FloatArray
from sac_core.spaces import RobotSpec
from sac_core.transitions import TransitionBatch, Transitions
from sac_core.weights import PolicyWeights
from sac_learner.algorithms.base import Algorithm, PolicyTensors
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.config import check_settings, LearnerSettings
from sac_learner.learner_state import LearnerSnapshot, LearnerStats, PolicyInProgress
from sac_learner.prior.prior_data import PriorData
from sac_learner.rate_limiter import RateLimiter
from sac_learner.recovered_transitions import RecoveredTransitions
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_files.layout import BLOCK_ROWS
from sac_learner.replay_storage import ReplayStorage
from sac_learner.sequence_tracker import FORGOTTEN, SequenceTracker, SessionState
from sac_learner.training import Training


class Learner:
    """Replay buffer, pace and algorithm of one run. Used by one thread.

    :param algorithm: the networks and how they are updated
    :param storage: where transitions are kept, and those that are there; None: new, in memory
    :param prior_data: what was recorded before; None: nothing
    :raises ValueError: where settings contradict each other, or prior_data is of another robot
    """

    def __init__(
        self,
        config: AlgorithmConfig,
        settings: LearnerSettings,
        spec: RobotSpec,
        algorithm: Algorithm,
        storage: ReplayStorage | None = None,
        prior_data: PriorData | None = None,
    ) -> None:
        check_settings(config, settings)
        if prior_data and (difference := prior_data.spec.difference(spec)):
            raise ValueError(f'prior_data is of another robot: {difference}')
        self.settings = settings
        self.spec = spec
        self.storage = storage or ReplayStorage.in_memory(
            settings.replay_capacity, spec.observation_dim, spec.action_dim
        )
        self.sequences = SequenceTracker()
        self.sequences.load(self.storage.accounts)
        self.replay = ReplayBuffer(
            self.storage,
            seed=config.seed,
            n_step=config.n_step,
            terminal_return_steps=config.terminal_return_steps,
            discount=config.discount,
        )
        self.rate_limiter = RateLimiter(
            utd_ratio=config.utd_ratio,
            training_starts=settings.training_starts,
            max_debt_steps=None if settings.lockstep else settings.max_debt_steps,
        )
        self.training = Training(config, algorithm, self.replay, prior_data)
        self.policy_version = 0
        self._recovered = RecoveredTransitions(self.replay, self._observe_stored)
        self.architecture = algorithm.architecture

    @property
    def config(self) -> AlgorithmConfig:
        """The algorithm's choices, as they are now."""
        return self.training.config

    @property
    def algorithm(self) -> Algorithm:
        """The networks and how they are updated."""
        return self.training.algorithm

    @property
    def env_steps(self) -> int:
        """Transitions stored in this run."""
        return self.replay.total_added

    @property
    def critic_updates(self) -> int:
        """Critic updates made in this run."""
        return self.rate_limiter.updates

    def store(self, batch: TransitionBatch) -> int:
        """Store what is new in a checked batch.

        :return: rows stored
        """
        stored = 0
        for start in range(0, len(batch.rows), BLOCK_ROWS):
            part = replace(
                batch,
                first_sequence=batch.first_sequence + start,
                rows=batch.rows[start : start + BLOCK_ROWS],
            )
            rows = part.rows[self.sequences.filter_new(part)]
            if len(rows):
                self._store_rows(rows, self.sequences.account(batch.actor_session))
            stored += len(rows)
        return stored

    def _store_rows(self, rows: Transitions, account: SessionState) -> None:
        self.replay.add_batch(
            observations=rows.observations,
            actions=rows.actions,
            rewards=rows.rewards,
            next_observations=rows.next_observations,
            terminated=rows.terminated,
            truncated=rows.truncated,
            intervened=rows.intervened,
            filtered=rows.filtered,
            session=account.session,
            sequence=account.next_sequence - len(rows),
        )
        self._record([account])
        self._observe_stored(rows.observations)

    def _observe_stored(self, observations: FloatArray) -> None:
        """Let what is stored count: for the training, and for its pace."""
        self.training.observe_stored(observations)
        self.rate_limiter.observe(len(observations))

    @property
    def offline_left(self) -> int:
        """Learner steps to make from prior data alone before anything else."""
        return self.training.offline_left(self.settings.offline_steps)

    def train_offline(self) -> None:
        """Make one of them."""
        self.training.make_offline_step()

    def saved_sequence(self, session: int) -> int:
        """First sequence number of a session that a kill of the process would cost."""
        return self.storage.saved_sequence(self.sequences.account(session))

    def update_is_due(self) -> bool:
        """Return whether a learner step is due, and there is enough to draw from.

        There may not be in a learner that was stopped and has its transitions in memory only.
        """
        enough = len(self.replay) >= self.settings.training_starts
        return enough and self.rate_limiter.backlog() > 0

    def train(self) -> bool:
        """Make one learner step if one is due.

        :return: whether there was one
        """
        self._recovered.append_due(self.algorithm.steps, self.rate_limiter.backlog)
        if not self.update_is_due():
            return False
        self.training.make_step()
        self.rate_limiter.count_steps(1)
        return True

    def change_ratio(self, utd_ratio: int, build: Callable[[AlgorithmConfig], Algorithm]) -> None:
        """Continue with steps of another number of critic updates, and the same networks.

        :param build: builds the algorithm, which takes as long as it takes
        """
        self.training.change_ratio(utd_ratio, build)
        self.rate_limiter.change_ratio(utd_ratio)

    def begin_policy(self) -> PolicyInProgress:
        """Begin to copy the actor network of now, under a new version."""
        self.policy_version += 1
        return self._begin_policy()

    def new_policy(self) -> PolicyWeights:
        """Copy the actor network under a new version; waits for the device."""
        return self.begin_policy().weights()

    def stats(self, *, steps_per_second: float) -> LearnerStats:
        """Measure."""
        return LearnerStats(
            env_steps=self.env_steps,
            learner_steps=self.algorithm.steps,
            critic_updates=self.critic_updates,
            measured_utd=self.rate_limiter.measured_utd(),
            steps_owed=float(self.rate_limiter.backlog()),
            steps_per_second=steps_per_second,
            replay_size=len(self.replay),
            unsaved=self.storage.unsaved,
            damaged=self.storage.damaged,
            policy_version=self.policy_version,
            transitions_received=self.sequences.received,
            duplicates=self.sequences.duplicates,
            lost=self.sequences.lost,
            out_of_order=self.sequences.out_of_order,
            metrics=self.training.metrics(),
        )

    def check_finite(self) -> None:
        """Check that the newest step left all finite; looks at its figures alone where it did.

        :raises NotFiniteError: naming what is not finite
        """
        self.training.check_finite()

    def snapshot(self) -> LearnerSnapshot:
        """Copy everything that a checkpoint keeps."""
        return LearnerSnapshot(
            policy=self._begin_policy().weights(),
            tensors=self.training.state(),
            rate_limiter=self.rate_limiter.state(),
            replay=self.replay.state(),
            sessions=tuple(self.sequences.accounts()),
            prior=self.training.prior_state(),
        )

    # Continuing from an earlier learner's state, see sac_learner.resuming.

    def load(self, snapshot: LearnerSnapshot) -> None:
        """Continue from a checkpoint, and then with what the storage holds beyond it.

        :raises ValueError: where the networks are others, naming their tensors, or the prior data
        """
        self.training.load(snapshot.tensors, snapshot.prior)
        self.rate_limiter.load(snapshot.rate_limiter)
        total = min(max(snapshot.replay.total_added, self.storage.first), self.storage.total)
        self.replay.load(replace(snapshot.replay, total_added=total))
        self.training.loaded()
        self.policy_version = snapshot.policy.version

    def recover_stored(self) -> None:
        """Take in what the storage holds: at once, or in lockstep as training continues."""
        # More policies than these are not published between two batches that are stored.
        used = max(self.policy_version, self.storage.policy_version)
        self.policy_version = used + self.settings.max_debt_steps if used else 0
        if used:  # the next learner begins above this, also if this one stores nothing
            self._record(self.sequences.accounts()[:1] or [SessionState(FORGOTTEN)])
        self._recovered.scan()
        if not self.settings.lockstep:
            self._recovered.append_all()

    @property
    def pending_recovered(self) -> int:
        """Transitions in the storage whose time has not come yet."""
        return self._recovered.pending

    def close(self) -> None:
        """Record the last counts, and close the files of the storage."""
        self._record(self.sequences.accounts())
        self.storage.close()

    def _record(self, accounts: list[SessionState]) -> None:
        for account in accounts:
            self.storage.commit(
                account, learner_steps=self.algorithm.steps, policy_version=self.policy_version
            )

    def _begin_policy(self) -> PolicyInProgress:
        # Versions and counters belong to this moment, too; only the weights arrive later.
        copy, fold = self.training.copy_policy()
        version, learner_steps = self.policy_version, self.algorithm.steps
        env_steps = self.env_steps

        def finish(tensors: PolicyTensors) -> PolicyWeights:
            return PolicyWeights(
                architecture=self.architecture,
                version=version or 1,  # a checkpoint may come before the first policy
                learner_steps=learner_steps,
                env_steps=env_steps,
                env_id=self.spec.env_id,
                tensors=fold(tensors),
            )

        return PolicyInProgress(copy=copy, finish=finish)
