# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What lies between a learner and its step: transitions go in, the actor's weights come out.

A step that computes on the CPU is handed each batch, and its weights are there at once. One on a
GPU draws from a copy of the replay buffer there, and nobody waits for its weights.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from sac_learner.config import SacConfig
from sac_learner.gpu.captured_step import CapturedStep, draws_itself
from sac_learner.imagination.imagination import Imagination
from sac_learner.observation_normalizer import Normalization, ObservationNormalizer
from sac_learner.prior.mixing import MixedReplay, Prior
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.step_protocol import HighUtdStep, PolicyCopy, PolicyTensors


class StepLink(Protocol):
    """How a learner uses its step."""

    def stored(self) -> None:
        """Take note of what was added to the replay buffer, or loaded into it."""
        ...

    def step(self, *, prior_only: bool = False) -> None:
        """Make one high-UTD step on transitions drawn from the replay buffer and prior data.

        :param prior_only: from prior data alone.
        """
        ...

    def copy_policy(self) -> PolicyCopy:
        """Begin to copy the actor's weights as they are now."""
        ...


@dataclass(frozen=True)
class FinishedCopy:
    """Weights that are there already."""

    copied: PolicyTensors

    def ready(self) -> bool:
        return True

    def tensors(self) -> PolicyTensors:
        return self.copied


class HostLink:
    """Draws and normalizes batches on the CPU, for any step."""

    def __init__(
        self,
        config: SacConfig,
        step: HighUtdStep,
        replay: ReplayBuffer,
        normalizer: ObservationNormalizer | None,
        prior: Prior | None,
        imagination: Imagination | None,
    ) -> None:
        self._config = config
        self._step = step
        self._replay = replay
        self._normalizer = normalizer
        self._imagination = imagination
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
        if self._imagination and not prior_only:  # then nothing may be stored yet
            self._imagination.put_into(batch)
            meanwhile = self._imagination.working(
                self.copy_policy().tensors(), normalization, updates=self._config.utd_ratio
            )
        normalization.normalize(batch)
        with meanwhile:
            self._step.step(batch)

    def copy_policy(self) -> PolicyCopy:
        """Copy the weights, or begin to, as the step can."""
        if isinstance(self._step, CapturedStep):
            return self._step.copy_policy()
        return FinishedCopy(self._step.policy_tensors())


class DeviceLink:
    """Lets a step that draws its own batches follow the replay buffer."""

    def __init__(
        self,
        step: CapturedStep,
        replay: ReplayBuffer,
        normalizer: ObservationNormalizer | None,
        prior: Prior | None,
    ) -> None:
        self._step = step
        self._replay = replay
        self._normalizer = normalizer
        if prior:
            step.hold_prior(prior.data.rows, rows_in_batch=prior.rows_in_batch)

    def stored(self) -> None:
        """Send what is new to the device."""
        self._step.mirror(self._replay.storage, self._replay.total_added)
        if self._normalizer is not None:
            self._step.normalize_by(self._normalizer.normalization)

    def step(self, *, prior_only: bool = False) -> None:
        """Let the step draw its batch."""
        self._step.step_drawn(prior_only=prior_only)

    def copy_policy(self) -> PolicyCopy:
        """Begin to copy the weights."""
        return self._step.copy_policy()


def link_step(
    config: SacConfig,
    step: HighUtdStep,
    replay: ReplayBuffer,
    normalizer: ObservationNormalizer | None,
    prior: Prior | None = None,
    imagination: Imagination | None = None,
) -> StepLink:
    """Link a step as its kind allows."""
    if isinstance(step, CapturedStep) and draws_itself(config):
        return DeviceLink(step, replay, normalizer, prior)
    return HostLink(config, step, replay, normalizer, prior, imagination)
