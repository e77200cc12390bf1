# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Twin Delayed Deep Deterministic policy gradient (Fujimoto et al. 2018, arXiv:1802.09477).

Against the overestimation of values: the smaller of two critics is the target (section 4.2), the
actor and the targets move less often than the critics (section 5.2), and the target is that of an
action with noise (section 5.3). As for every algorithm here there are utd_ratio critic updates in
a learner step, each on a batch of its own, and the critics may have LayerNorm.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import cast

from sac_core.policy_architecture import PolicyArchitecture, TANH_ADDITIVE_NOISE
from sac_core.settings import setting
from sac_learner.adam import Adam
from sac_learner.algorithms.base import check_batch
from sac_learner.algorithms.config import AlgorithmConfig, POSITIVE
from sac_learner.algorithms.torch_algorithm import follow, TorchAlgorithm
from sac_learner.batch import Batch
from sac_learner.networks import Critics, DeterministicActor
from sac_learner.precision import product_precision
import torch
from torch import nn, Tensor


@dataclass(frozen=True, kw_only=True)
class Td3Config(AlgorithmConfig):
    """What TD3 needs beside what every algorithm has."""

    tau: float = setting(
        0.005,
        'Share of actor and critics that enters their targets when these move.',
        low=POSITIVE,
        high=1.0,
    )
    actor_lr: float = setting(1e-3, 'Step size of Adam for the actor.', low=POSITIVE)
    critic_lr: float = setting(1e-3, 'Step size of Adam for the critics.', low=POSITIVE)
    policy_delay: int = setting(
        2, 'Critic updates for each update of the actor and of the targets.', low=1
    )
    exploration_noise: float = setting(
        0.1,
        'Standard deviation of the noise on the actions of the control loop, in [-1, 1].',
        low=0.0,
        high=1.0,
    )
    target_noise: float = setting(
        0.2, 'Standard deviation of the noise on the action of the target.', low=0.0, high=1.0
    )
    target_noise_clip: float = setting(0.5, 'Largest such noise.', low=0.0, high=2.0)


class Td3(TorchAlgorithm):
    """Actor, two critics, a slow copy of each, and how a batch updates them."""

    config_class = Td3Config
    networks = ('actor', 'target_actor', 'critics', 'target_critics')
    optimizers = ('actor_adam', 'critic_adam')

    def __init__(
        self,
        config: AlgorithmConfig,
        observation_dim: int,
        action_dim: int,
        *,
        device: torch.device | str = 'cpu',
        precision: str = 'fp32',
    ) -> None:
        super().__init__(config, observation_dim, action_dim, device=device, precision=precision)
        self.config: Td3Config = cast(Td3Config, config)
        config = self.config
        # Initial weights come from a CPU generator, so that they are the same on every device.
        initial = torch.Generator().manual_seed(config.seed)
        self.actor = DeterministicActor(
            observation_dim,
            action_dim,
            hidden_dims=config.hidden_dims,
            activation=config.activation,
            layer_norm=config.layer_norm_actor,
            precision=precision,
            generator=initial,
        ).to(self.device)
        self.critics = Critics(
            observation_dim,
            action_dim,
            num_critics=2,
            hidden_dims=config.hidden_dims,
            activation=config.activation,
            layer_norm=config.layer_norm_critic,
            precision=precision,
            generator=initial,
        ).to(self.device)
        self.target_actor = copy.deepcopy(self.actor).requires_grad_(False)
        self.target_critics = copy.deepcopy(self.critics).requires_grad_(False)
        self.actor_adam = Adam(self.actor.named_parameters(), config.actor_lr, 0)
        self.critic_adam = Adam(self.critics.named_parameters(), config.critic_lr, 0)

    def update(self, batch: Batch) -> None:
        """Update the critics utd_ratio times, the actor after every policy_delay of them."""
        check_batch(self.config, batch)
        batch, size = batch.to(self.device), self.config.batch_size
        losses, values = [], []
        with product_precision(self.precision):
            for start in range(0, len(batch), size):
                minibatch = batch.slice(start, start + size)
                noise = torch.randn(
                    minibatch.actions.shape, generator=self.generator, device=self.device
                )
                loss, value = self._update_critics(minibatch, noise)
                losses.append(loss)
                values.append(value)
                if self.critic_adam.updates % self.config.policy_delay == 0:
                    self._update_actor(minibatch.observations)
                    follow(self.target_actor, self.actor, self.config.tau)
                    follow(self.target_critics, self.critics, self.config.tau)
        self._metrics['critic_loss'] = torch.stack(losses).mean()
        self._metrics['q_mean'] = torch.stack(values).mean()
        self._steps += 1

    def _update_critics(self, batch: Batch, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Minimize the Bellman residual; give the loss and the mean value."""
        targets = self.targets(batch, noise)
        q_values = self.critics.forward(batch.observations, batch.actions)
        # Mean over the batch, sum over the critics: each learns as if it were alone.
        loss = 0.5 * (q_values - targets).square().mean(dim=-1).sum()
        self.critic_adam.descend(loss)
        return loss.detach(), q_values.detach().mean()

    @torch.no_grad()
    def targets(self, batch: Batch, noise: Tensor) -> Tensor:
        """Give what both critics learn, (batch,).

        :param noise: standard normal, (batch, action_dim)
        """
        config = self.config
        clip = config.target_noise_clip
        smoothing = (config.target_noise * noise).clamp(-clip, clip)
        next_actions = self.target_actor.forward(batch.next_observations) + smoothing
        next_q_values = self.target_critics.forward(
            batch.next_observations, next_actions.clamp(-1, 1)
        )
        return batch.rewards + config.discount * batch.bootstrap * next_q_values.amin(dim=0)

    def _update_actor(self, observations: Tensor) -> None:
        """Maximize what the first critic expects."""
        q_values = self.critics.forward(observations, self.actor.forward(observations))
        loss = -q_values[0].mean()
        self.actor_adam.descend(loss)
        self._metrics['actor_loss'] = loss.detach()

    @property
    def architecture(self) -> PolicyArchitecture:
        """One action for each observation, with noise added to explore."""
        return PolicyArchitecture(
            observation_dim=self.observation_dim,
            action_dim=self.action_dim,
            hidden_dims=self.config.hidden_dims,
            activation=self.config.activation,
            layer_norm=self.config.layer_norm_actor,
            head=TANH_ADDITIVE_NOISE,
            noise_std=self.config.exploration_noise,
        )

    def initial_state(self, seed: int) -> dict[str, Tensor]:
        """Give the state of a new one of the same shape."""
        config = replace(self.config, seed=seed)
        return Td3(config, self.observation_dim, self.action_dim).state_dict()

    def modules(self) -> dict[str, nn.Module]:
        """Name the networks."""
        return {
            'actor': self.actor,
            'target_actor': self.target_actor,
            'critics': self.critics,
            'target_critics': self.target_critics,
        }

    def adams(self) -> dict[str, Adam]:
        """Name the optimizers."""
        return {'actor_adam': self.actor_adam, 'critic_adam': self.critic_adam}
