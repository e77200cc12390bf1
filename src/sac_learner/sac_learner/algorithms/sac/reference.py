# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""One learner step of Soft Actor-Critic, in textbook order: the reference of the fast ones.

The algorithm is that of Haarnoja et al. 2018b (arXiv:1812.05905); the ensemble with its random
subset of targets is REDQ's (arXiv:2101.05982), LayerNorm in the critics RLPD's (arXiv:2302.02948).
"""

from __future__ import annotations

import copy

from sac_learner.adam import Adam
from sac_learner.algorithms.base import check_batch
from sac_learner.algorithms.sac.algorithm import Sac
from sac_learner.algorithms.sac.config import LARGEST_LOG_ALPHA, SacConfig
from sac_learner.algorithms.sac.dropout import (
    actor_pass,
    critic_pass,
    layer_keys,
    target_pass,
    unit_factors,
)
from sac_learner.algorithms.sac.noise import check_dropout_key, draw_noise, StepNoise
from sac_learner.algorithms.torch_algorithm import follow, TorchAlgorithm
from sac_learner.batch import Batch
from sac_learner.networks import Actor, Critics
from sac_learner.precision import product_precision
import torch
from torch import nn, Tensor


class SacStep(TorchAlgorithm, Sac):
    """The networks, their optimizers and the step that trains them.

    Each optimizer steps only with a gradient of its own loss. (SERL's steps the actor's Adam with
    zero gradients during the critic updates, which makes its actor move about three times as far
    for the same `actor_lr` at a utd_ratio of 8.)

    :param config: the algorithm's choices.
    :param observation_dim: numbers in an observation.
    :param action_dim: numbers in an action, each in [-1, 1].
    :param device: where networks live and steps run.
    :param precision: of the matrix products, see `sac_learner.precision`.
    :raises ValueError: for a precision that the device does not offer.
    """

    def __init__(
        self,
        config: SacConfig,
        observation_dim: int,
        action_dim: int,
        *,
        device: torch.device | str = 'cpu',
        precision: str = 'fp32',
    ) -> None:
        super().__init__(config, observation_dim, action_dim, device=device, precision=precision)
        self.config: SacConfig = config
        # Initial weights come from a CPU generator, so that they are the same on every device.
        initial = torch.Generator().manual_seed(config.seed)
        self.actor = Actor(
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
            num_critics=config.num_critics,
            hidden_dims=config.hidden_dims,
            activation=config.activation,
            layer_norm=config.layer_norm_critic,
            precision=precision,
            generator=initial,
        ).to(self.device)
        self.target_critics = copy.deepcopy(self.critics).requires_grad_(False)
        self.log_alpha = nn.Parameter(
            torch.tensor(config.init_temperature, device=self.device).log()
        )
        self.target_entropy = config.target_entropy_for(action_dim)

        warmup, decay = config.warmup_steps, config.weight_decay
        self.actor_adam = Adam(self.actor.named_parameters(), config.actor_lr, warmup, decay)
        self.critic_adam = Adam(self.critics.named_parameters(), config.critic_lr, warmup, decay)
        self.temperature_adam = Adam([('log_alpha', self.log_alpha)], config.temperature_lr, 0)

    def update(self, batch: Batch, noise: StepNoise | None = None) -> None:
        """Update the critics utd_ratio times, then the actor and the temperature once.

        :param batch: utd_ratio * batch_size transitions; each critic update takes the next
            batch_size of them, the actor and the temperature take them all.
        :param noise: drawn from the step's own generator when None.
        :raises ValueError: for a batch of another size.
        """
        check_batch(self.config, batch)
        if noise is None:
            noise = draw_noise(self.config, self.action_dim, self.generator)
        check_dropout_key(self.config, noise)
        with product_precision(self.precision):
            self._update(batch.to(self.device), noise)
        self._steps += 1

    def _update(self, batch: Batch, noise: StepNoise) -> None:
        config, size = self.config, self.config.batch_size
        keys = None if noise.dropout_key is None else layer_keys(config, noise.dropout_key)

        def factors(number: int, rows: int) -> list[Tensor] | None:
            return None if keys is None else unit_factors(config, keys[number], rows)

        critic_metrics = []
        for i in range(config.utd_ratio):
            minibatch = batch.slice(i * size, (i + 1) * size)
            critic_metrics.append(
                self._update_critics(
                    minibatch,
                    noise.next_action_noise[i],
                    noise.target_subset[i],
                    factors(target_pass(i), size),
                    factors(critic_pass(i), size),
                )
            )
            follow(self.target_critics, self.critics, config.tau)
        log_probs = self._update_actor(
            batch.observations, noise.actor_noise, factors(actor_pass(config), len(batch))
        )
        self._update_temperature(log_probs)

        for name in critic_metrics[0]:
            self._metrics[name] = torch.stack([m[name] for m in critic_metrics]).mean()

    def _update_critics(
        self,
        batch: Batch,
        next_action_noise: Tensor,
        target_subset: Tensor,
        target_factors: list[Tensor] | None,
        factors: list[Tensor] | None,
    ) -> dict[str, Tensor]:
        """Minimize the soft Bellman residual (arXiv:1812.05905, equations 5 and 6)."""
        targets = self.targets(batch, next_action_noise, target_subset, target_factors)
        q_values = self.critics.forward(batch.observations, batch.actions, factors)
        # Mean over the batch, sum over the critics: each learns as if it were alone.
        loss = 0.5 * (q_values - targets).square().mean(dim=-1).sum()
        self.critic_adam.descend(loss)
        return {'critic_loss': loss.detach(), 'q_mean': q_values.detach().mean()}

    @torch.no_grad()
    def targets(
        self,
        batch: Batch,
        next_action_noise: Tensor,
        target_subset: Tensor,
        factors: list[Tensor] | None = None,
    ) -> Tensor:
        """Give what the critics learn, (batch,): reward and discounted soft value of what follows.

        :param next_action_noise: standard normal, (batch, action_dim)
        :param target_subset: indices of the target critics in use, (target_subset,)
        :param factors: of dropout in the target critics
        """
        next_actions, next_log_probs = self.actor.sample(
            batch.next_observations, next_action_noise
        )
        next_q_values = self.target_critics.forward(batch.next_observations, next_actions, factors)
        # The minimum over a random subset of the ensemble (arXiv:2101.05982, equation 1).
        next_values = next_q_values[target_subset].amin(dim=0)
        if self.config.backup_entropy:
            next_values = next_values - self.log_alpha.exp() * next_log_probs
        return batch.rewards + self.config.discount * batch.bootstrap * next_values

    def _update_actor(
        self, observations: Tensor, noise: Tensor, factors: list[Tensor] | None
    ) -> Tensor:
        """Maximize value and entropy (arXiv:1812.05905, equation 9).

        :return: log-probabilities of the actions drawn, (batch,).
        """
        actions, log_probs = self.actor.sample(observations, noise)
        q_values = self.critics.forward(observations, actions, factors)
        value = q_values.mean(dim=0) if self.config.actor_q == 'mean' else q_values.amin(dim=0)
        loss = (self.log_alpha.exp().detach() * log_probs - value).mean()
        self.actor_adam.descend(loss)
        self._metrics['actor_loss'] = loss.detach()
        return log_probs.detach()

    def _update_temperature(self, log_probs: Tensor) -> None:
        """Steer the policy's entropy to its target (arXiv:1812.05905, equation 18).

        The entropy is that of the actor update's actions, at the current observations; SERL takes
        fresh ones at the next observations.
        """
        entropy = -log_probs.mean()
        loss = self.log_alpha.exp() * (entropy - self.target_entropy)
        self.temperature_adam.descend(loss)
        self.log_alpha.data.clamp_(max=LARGEST_LOG_ALPHA)
        self._metrics['temperature_loss'] = loss.detach()
        self._metrics['temperature'] = self.log_alpha.detach().exp()
        self._metrics['entropy'] = entropy

    def modules(self) -> dict[str, nn.Module]:
        """Name the networks."""
        return {
            'actor': self.actor,
            'critics': self.critics,
            'target_critics': self.target_critics,
        }

    def parameters(self) -> dict[str, Tensor]:
        """Name the temperature's logarithm."""
        return {'log_alpha': self.log_alpha}

    def adams(self) -> dict[str, Adam]:
        """Name the optimizers."""
        return {
            'actor_adam': self.actor_adam,
            'critic_adam': self.critic_adam,
            'temperature_adam': self.temperature_adam,
        }
