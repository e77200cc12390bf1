# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What lies between a learner and its algorithm: transitions go in, the policy's weights come out.

An algorithm that computes on the CPU is handed each batch, and its weights are there at once. One
on a GPU may draw from a copy of the replay buffer there, and nothing waits for its weights.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from sac_learner.algorithms.base import Algorithm, BatchDrawer, PolicyCopy
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.model.rollouts import ModelRollouts
from sac_learner.observation_normalizer import Normalization, ObservationNormalizer
from sac_learner.prior.mixing import MixedReplay, Prior
from sac_learner.replay_buffer import ReplayBuffer


class BatchSource(Protocol):
    """Where batches come from, and how a learner step is made from one."""

    def stored(self) -> None:
        """Take note of what was added to the replay buffer, or loaded into it."""
        ...

    def step(self, *, prior_only: bool = False) -> None:
        """Make one learner step on transitions drawn from the replay buffer and prior data.

        :param prior_only: from prior data alone.
        """
        ...

    def copy_policy(self) -> PolicyCopy:
        """Begin to copy the actor's weights as they are now."""
        ...


class HostSampler:
    """Draws and normalizes batches on the CPU, for any step."""

    def __init__(
        self,
        config: AlgorithmConfig,
        algorithm: Algorithm,
        replay: ReplayBuffer,
        normalizer: ObservationNormalizer | None,
        prior: Prior | None,
        rollouts: ModelRollouts | None,
    ) -> None:
        self._config = config
        self._algorithm = algorithm
        self._replay = replay
        self._normalizer = normalizer
        self._rollouts = rollouts
        self._no_normalization = Normalization.none(replay.storage.dims[0])
        self._mixed = MixedReplay(config, replay, prior) if prior else None

    def stored(self) -> None:
        """Nothing to do: batches come from the replay buffer itself."""

    def step(self, *, prior_only: bool = False) -> None:
        """Draw a batch and hand it to the step."""
        if self._mixed:
            batch = self._mixed.sample(prior_only=prior_only)
        else:
            batch = self._replay.sample(self._config.step_batch_size)
        normalization = self._no_normalization
        if self._normalizer is not None:
            normalization = self._normalizer.normalization
        meanwhile: AbstractContextManager[None] = nullcontext()
        if self._rollouts and not prior_only:  # then nothing may be stored yet
            self._rollouts.insert_into(batch)
            meanwhile = self._rollouts.running(
                self.copy_policy().tensors(), normalization, updates=self._config.utd_ratio
            )
        normalization.normalize(batch)
        with meanwhile:
            self._algorithm.update(batch)

    def copy_policy(self) -> PolicyCopy:
        """Copy the weights, or begin to, as the step can."""
        return self._algorithm.copy_policy()


class DeviceSampler:
    """Lets a step that draws its own batches follow the replay buffer."""

    def __init__(
        self,
        drawer: BatchDrawer,
        replay: ReplayBuffer,
        normalizer: ObservationNormalizer | None,
        prior: Prior | None,
    ) -> None:
        self._drawer = drawer
        self._replay = replay
        self._normalizer = normalizer
        if prior:
            drawer.hold_prior(prior.data.rows, rows_in_batch=prior.rows_in_batch)

    def stored(self) -> None:
        """Send what is new to the device."""
        self._drawer.mirror(self._replay.storage, self._replay.total_added)
        if self._normalizer is not None:
            self._drawer.normalize_by(self._normalizer.normalization)

    def step(self, *, prior_only: bool = False) -> None:
        """Let the step draw its batch."""
        self._drawer.step_drawn(prior_only=prior_only)

    def copy_policy(self) -> PolicyCopy:
        """Begin to copy the weights."""
        return self._drawer.copy_policy()


def batch_source_for(
    config: AlgorithmConfig,
    algorithm: Algorithm,
    replay: ReplayBuffer,
    normalizer: ObservationNormalizer | None,
    prior: Prior | None = None,
    rollouts: ModelRollouts | None = None,
) -> BatchSource:
    """Link a step as its kind allows."""
    drawer = algorithm.batch_drawer()
    if drawer is not None:
        return DeviceSampler(drawer, replay, normalizer, prior)
    return HostSampler(config, algorithm, replay, normalizer, prior, rollouts)
