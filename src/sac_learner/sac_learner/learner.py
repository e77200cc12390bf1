# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner without ROS: stores transitions, owes and makes updates, hands out policies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
import math

from sac_core.spaces import RobotSpec
from sac_core.transitions import TransitionBatch
from sac_core.weights import PolicyArchitecture, PolicyWeights
from sac_learner.config import LearnerSettings, SacConfig
from sac_learner.networks import LOG_STD_MAX, LOG_STD_MIN
from sac_learner.observation_normalizer import ObservationNormalizer
from sac_learner.pace import Pace, PaceState
from sac_learner.replay_buffer import ReplayBuffer, ReplayState, ReplayStorage
from sac_learner.session_ledger import SessionLedger
from sac_learner.step_link import link_step
from sac_learner.step_protocol import HighUtdStep, PolicyCopy, PolicyTensors
import torch


def check_settings(config: SacConfig, settings: LearnerSettings) -> None:
    """Check what no single setting can say of itself.

    :raises ValueError: naming the fields and their values
    """
    if config.batch_size > settings.replay_capacity:
        raise ValueError(
            f'batch_size must be at most replay_capacity ({settings.replay_capacity}),'
            f' got {config.batch_size}'
        )
    if settings.training_starts > settings.replay_capacity:
        raise ValueError(
            f'training_starts must be at most replay_capacity ({settings.replay_capacity}),'
            f' got {settings.training_starts}'
        )


@dataclass(frozen=True)
class PolicyInProgress:
    """A policy of which only the weights are still on their way from the device."""

    copy: PolicyCopy
    finish: Callable[[PolicyTensors], PolicyWeights]

    def ready(self) -> bool:
        """Say whether `weights` would return at once."""
        return self.copy.ready()

    def weights(self) -> PolicyWeights:
        """Give the policy; waits for the weights."""
        return self.finish(self.copy.tensors())


@dataclass(frozen=True)
class LearnerSnapshot:
    """Everything about a learner that a checkpoint keeps; tensors are copies on the CPU."""

    policy: PolicyWeights
    tensors: dict[str, torch.Tensor] = field(repr=False)
    pace: PaceState
    replay: ReplayState


@dataclass(frozen=True)
class LearnerFigures:
    """How the training is going; fields are named and explained in LearnerStatus.msg."""

    temperature: float
    env_steps: int = 0
    learner_steps: int = 0
    critic_updates: int = 0
    measured_utd: float = 0.0
    steps_owed: float = 0.0
    steps_per_second: float = 0.0
    replay_size: int = 0
    policy_version: int = 0
    transitions_received: int = 0
    duplicates: int = 0
    lost: int = 0
    out_of_order: int = 0
    critic_loss: float = math.nan
    actor_loss: float = math.nan
    temperature_loss: float = math.nan
    entropy: float = math.nan
    q_mean: float = math.nan


class Learner:
    """Replay buffer, pace and high-UTD step of one run. Used by one thread.

    :param step: the networks and how they are updated
    :raises ValueError: where settings contradict each other
    """

    def __init__(
        self, config: SacConfig, settings: LearnerSettings, spec: RobotSpec, step: HighUtdStep
    ) -> None:
        check_settings(config, settings)
        self.config = config
        self.spec = spec
        self.step = step
        self.ledger = SessionLedger()
        storage = ReplayStorage.in_memory(
            settings.replay_capacity, spec.observation_dim, spec.action_dim
        )
        self.replay = ReplayBuffer(storage, seed=config.seed)
        self.pace = Pace(
            utd_ratio=config.utd_ratio,
            training_starts=settings.training_starts,
            max_debt_steps=None if settings.lockstep else settings.max_debt_steps,
        )
        self._normalizer = (
            ObservationNormalizer(spec.observation_dim) if config.normalize_observations else None
        )
        self._link = link_step(config, step, self.replay, self._normalizer)
        self.policy_version = 0
        self._architecture = PolicyArchitecture(
            observation_dim=spec.observation_dim,
            action_dim=spec.action_dim,
            hidden_dims=config.hidden_dims,
            activation=config.activation,
            layer_norm=config.layer_norm_actor,
            log_std_min=LOG_STD_MIN,
            log_std_max=LOG_STD_MAX,
        )

    @property
    def env_steps(self) -> int:
        """Transitions stored in this run."""
        return self.replay.total_added

    @property
    def critic_updates(self) -> int:
        """Critic updates made in this run."""
        return self.step.steps * self.config.utd_ratio

    def store(self, batch: TransitionBatch) -> int:
        """Store what is new in a checked batch.

        :return: rows stored
        """
        rows = batch.rows[self.ledger.admit(batch)]
        if len(rows):
            self.replay.add_batch(
                observations=rows.observations,
                actions=rows.actions,
                rewards=rows.rewards,
                next_observations=rows.next_observations,
                terminated=rows.terminated,
                truncated=rows.truncated,
                intervened=rows.intervened,
                filtered=rows.filtered,
            )
            if self._normalizer is not None:
                self._normalizer.update(rows.observations)
            self._link.stored()
            self.pace.observe(len(rows))
        return len(rows)

    def train(self) -> bool:
        """Make one high-UTD step if one is owed.

        :return: whether there was one
        """
        if not self.pace.steps_owed():
            return False
        self._link.step()
        self.pace.took(1)
        return True

    def begin_policy(self) -> PolicyInProgress:
        """Begin to copy the actor network of now, under a new version."""
        self.policy_version += 1
        return self._begin_policy()

    def new_policy(self) -> PolicyWeights:
        """Copy the actor network under a new version; waits for the device."""
        return self.begin_policy().weights()

    def figures(self, *, steps_per_second: float) -> LearnerFigures:
        """Measure."""
        metrics = self.step.metrics()
        return LearnerFigures(
            env_steps=self.env_steps,
            learner_steps=self.step.steps,
            critic_updates=self.critic_updates,
            measured_utd=self.pace.measured_utd(),
            steps_owed=float(self.pace.steps_owed()),
            steps_per_second=steps_per_second,
            replay_size=len(self.replay),
            policy_version=self.policy_version,
            transitions_received=self.ledger.received,
            duplicates=self.ledger.duplicates,
            lost=self.ledger.lost,
            out_of_order=self.ledger.out_of_order,
            temperature=metrics.get('temperature', self.config.init_temperature),
            critic_loss=metrics.get('critic_loss', math.nan),
            actor_loss=metrics.get('actor_loss', math.nan),
            temperature_loss=metrics.get('temperature_loss', math.nan),
            entropy=metrics.get('entropy', math.nan),
            q_mean=metrics.get('q_mean', math.nan),
        )

    def snapshot(self) -> LearnerSnapshot:
        """Copy everything that a checkpoint keeps."""
        tensors = self.step.state_dict()
        if self._normalizer is not None:
            state = self._normalizer.state()
            tensors |= {f'normalizer.{name}': tensor for name, tensor in state.items()}
        return LearnerSnapshot(
            policy=self._begin_policy().weights(),
            tensors=tensors,
            pace=self.pace.state(),
            replay=self.replay.state(),
        )

    def _begin_policy(self) -> PolicyInProgress:
        # All but the weights is of now, too, and goes into the result later.
        fold = None if self._normalizer is None else self._normalizer.normalization.fold
        describe = partial(
            PolicyWeights,
            architecture=self._architecture,
            version=self.policy_version,
            learner_steps=self.step.steps,
            env_steps=self.env_steps,
            env_id=self.spec.env_id,
        )
        return PolicyInProgress(
            copy=self._link.copy_policy(),
            finish=lambda tensors: describe(tensors=fold(tensors) if fold else tensors),
        )
