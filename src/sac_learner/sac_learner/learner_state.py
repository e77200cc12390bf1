# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a learner hands out: policies, figures, and snapshots of all that it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sac_core.weights import PolicyWeights
from sac_learner.algorithms.base import PolicyCopy, PolicyTensors
from sac_learner.prior.mixing import PriorState
from sac_learner.rate_limiter import RateLimiterState
from sac_learner.replay_buffer import ReplayState
from sac_learner.sequence_tracker import SessionState
from torch import Tensor


@dataclass(frozen=True)
class PolicyInProgress:
    """A policy of which only the weights are still on their way from the device."""

    copy: PolicyCopy
    finish: Callable[[PolicyTensors], PolicyWeights]

    def ready(self) -> bool:
        """Return whether `weights` would return at once."""
        return self.copy.ready()

    def weights(self) -> PolicyWeights:
        """Give the policy; waits for the weights."""
        return self.finish(self.copy.tensors())


@dataclass(frozen=True)
class LearnerSnapshot:
    """Everything about a learner that a checkpoint keeps; tensors are copies on the CPU."""

    policy: PolicyWeights
    tensors: dict[str, Tensor] = field(repr=False)
    rate_limiter: RateLimiterState
    replay: ReplayState
    sessions: tuple[SessionState, ...] = ()
    prior: PriorState | None = None


@dataclass(frozen=True)
class LearnerStats:
    """How the training is going; fields are named and explained in LearnerStatus.msg.

    :param metrics: what the algorithm reports of itself, by name
    """

    env_steps: int = 0
    learner_steps: int = 0
    critic_updates: int = 0
    measured_utd: float = 0.0
    steps_owed: float = 0.0
    steps_per_second: float = 0.0
    replay_size: int = 0
    unsaved: int = 0
    damaged: int = 0
    policy_version: int = 0
    transitions_received: int = 0
    duplicates: int = 0
    lost: int = 0
    out_of_order: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
