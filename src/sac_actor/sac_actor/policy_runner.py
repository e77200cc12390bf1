# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Chooses actions: at random first, then by the newest policy that has arrived."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sac_actor.onnx_policy import OnnxModel, OnnxPolicy
from sac_actor.policy_file import ready_policy
from sac_core.arrays import FloatArray
from sac_core.policy import Policy
from sac_core.spaces import RobotSpec
from sac_core.weights import PolicyWeights


class PolicyRunner:
    """Holds the policy in use. A new one is built elsewhere and taken over between two ticks.

    :param random_steps: steps at random while the policy is untrained
    :param deterministic: take the mean action, and no random steps
    :param seed: of the exploration
    """

    def __init__(
        self, spec: RobotSpec, *, random_steps: int, deterministic: bool, seed: int | Sequence[int]
    ) -> None:
        self._spec = spec
        self._random_steps = 0 if deterministic else random_steps
        self.deterministic = deterministic  # may be set from any thread
        self._generator = np.random.default_rng(seed)
        self._noise = np.empty(spec.action_dim, np.float32)
        self._policy: Policy | OnnxPolicy | None = None
        self._pinned: Policy | OnnxPolicy | None = None
        self._last: Policy | OnnxPolicy | None = None  # that acted
        self.explored = False  # whether the last action had chance in it
        self._steps = 0

    @property
    def version(self) -> int:
        """Version of the newest policy, 0 before the first."""
        policy = self._policy
        return 0 if policy is None else policy.weights.version

    @property
    def last_weights(self) -> PolicyWeights | OnnxModel:
        """Weights that chose the last action."""
        assert self._last is not None
        return self._last.weights

    def swap(self, weights: PolicyWeights | OnnxModel) -> None:
        """Use other weights from the next action on. May be called from any thread.

        :param weights: checked, as `read_policy` returns them
        :raises ValueError: where they were made for another robot, or are to explore and cannot
        """
        _check_exploring(weights, deterministic=self.deterministic)
        self._policy = ready_policy(weights, self._spec)

    def check_deterministic(self, deterministic: bool) -> None:
        """Check that the policy in use can act so.

        :raises ValueError: where it cannot explore
        """
        if self._policy is not None:
            _check_exploring(self._policy.weights, deterministic=deterministic)

    def act(self, observation: FloatArray) -> tuple[FloatArray, int]:
        """Choose an action.

        :param observation: (observation_dim,)
        :return: (action_dim,) in [-1, 1], a buffer that the next call overwrites; and the version
            of the policy that chose it, 0: at random
        :raises RuntimeError: before the first policy
        """
        policy = self._policy
        if policy is None:
            raise RuntimeError('there is no policy yet')
        self._last = policy
        self.explored = not self.deterministic
        if (
            self.explored
            and self._steps < self._random_steps
            and policy.weights.learner_steps == 0
        ):
            self._steps += 1
            self._noise[:] = self._generator.uniform(-1, 1, self._noise.size)
            return self._noise, 0
        self._steps += 1
        if not self.explored:
            return policy.act(observation), policy.weights.version
        self._generator.standard_normal(out=self._noise, dtype=np.float32)
        return policy.act(observation, self._noise), policy.weights.version

    def pin(self) -> None:
        """Keep the newest policy for the evaluation of an episode."""
        self._pinned = self._policy

    def evaluate(self, observation: FloatArray) -> tuple[FloatArray, int]:
        """Choose the mean action of the pinned policy; the exploration does not notice.

        :return: as from `act`
        :raises RuntimeError: before the first policy
        """
        policy = self._pinned
        if policy is None:
            raise RuntimeError('there is no policy yet')
        self._last = policy
        self.explored = False
        return policy.act(observation), policy.weights.version


def _check_exploring(weights: PolicyWeights | OnnxModel, *, deterministic: bool) -> None:
    if isinstance(weights, OnnxModel) and not deterministic:
        raise ValueError('an ONNX policy has a mean action only: deterministic must be true')
