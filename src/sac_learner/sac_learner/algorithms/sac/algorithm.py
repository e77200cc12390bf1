# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Soft Actor-Critic as the learner knows it, whichever implementation computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from sac_core.policy_architecture import PolicyArchitecture
from sac_learner.algorithms.base import Algorithm, Machine
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.algorithms.sac.config import SacConfig
from torch import Tensor

# Times its first value; a temperature above that is no weight of the entropy any more.
_RUNAWAY = 1e4


class Sac(Algorithm):
    """What all implementations share.

    `reference.SacStep` is the one in textbook order; every other computes the same numbers from
    the same weights, batch and noise, and reads and writes the same state.
    """

    config_class = SacConfig
    networks = ('actor', 'critics', 'target_critics')
    optimizers = ('actor_adam', 'critic_adam')

    config: SacConfig
    observation_dim: int
    action_dim: int

    @classmethod
    def build(
        cls, config: AlgorithmConfig, observation_dim: int, action_dim: int, machine: Machine
    ) -> tuple[Algorithm, str]:
        """Build the fastest implementation that the machine allows."""
        from sac_learner.algorithms.sac.backend import make_step

        return make_step(
            cast(SacConfig, config),
            observation_dim,
            action_dim,
            device=machine.device,
            threads=machine.threads,
            precision=machine.precision,
            replay_capacity=machine.replay_capacity,
            compiled=machine.compiled,
        )

    @property
    def architecture(self) -> PolicyArchitecture:
        """A Gaussian, squashed by tanh."""
        return PolicyArchitecture(
            observation_dim=self.observation_dim,
            action_dim=self.action_dim,
            hidden_dims=self.config.hidden_dims,
            activation=self.config.activation,
            layer_norm=self.config.layer_norm_actor,
        )

    def initial_state(self, seed: int) -> dict[str, Tensor]:
        """Give the state of a new one, as the reference makes it."""
        from sac_learner.algorithms.sac.reference import SacStep

        config = replace(self.config, seed=seed)
        return SacStep(config, self.observation_dim, self.action_dim).state_dict()

    @classmethod
    def initial_metrics(cls, config: AlgorithmConfig) -> dict[str, float]:
        """Give the temperature before the first step."""
        return {'temperature': cast(SacConfig, config).init_temperature}

    @classmethod
    def warning(cls, config: AlgorithmConfig, metrics: Mapping[str, float]) -> str:
        """Say that the temperature grows without end."""
        config, temperature = cast(SacConfig, config), metrics.get('temperature', 0.0)
        largest = _RUNAWAY * max(1.0, config.init_temperature)
        if not temperature > largest:  # nor where it is no number: that ends the training
            return ''
        return (
            f'the temperature has grown to {temperature:.3g}, and reward counts for little:'
            f' the entropy, {metrics.get("entropy", 0.0):.3g}, stays below its target; lower'
            f' target_entropy_per_dim ({config.target_entropy_per_dim:g})'
            f' or temperature_lr ({config.temperature_lr:g})'
        )
