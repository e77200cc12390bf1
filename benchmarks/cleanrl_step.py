# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The step as a single-file torch script writes it: the yardstick of the learner's benchmark.

Structure after CleanRL's sac_continuous_action.py (one module and one forward pass per critic,
`F.mse_loss`, `torch.optim.Adam`, targets by a loop over parameters), with the update schedule and
the network of the configuration, so that it does the same work.
"""

from __future__ import annotations

from itertools import chain

from sac_learner.batch import Batch
from sac_learner.config import SacConfig
import torch
from torch import nn, Tensor
from torch.nn import functional


def _mlp(inputs: int, outputs: int, config: SacConfig, *, layer_norm: bool) -> nn.Sequential:
    activation = {'relu': nn.ReLU, 'tanh': nn.Tanh}[config.activation]
    layers: list[nn.Module] = []
    for width in config.hidden_dims:
        layers += [nn.Linear(inputs, width), *([nn.LayerNorm(width)] if layer_norm else [])]
        layers += [activation()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


class CleanRlStep:
    """Plain torch, eager, float32."""

    def __init__(self, config: SacConfig, observation_dim: int, action_dim: int) -> None:
        self.config = config
        self.actor = _mlp(
            observation_dim, 2 * action_dim, config, layer_norm=config.layer_norm_actor
        )
        self.critics = [
            self._critic(observation_dim + action_dim) for _ in range(config.num_critics)
        ]
        self.targets = [self._critic(observation_dim + action_dim) for _ in self.critics]
        for critic, target in zip(self.critics, self.targets, strict=True):
            target.load_state_dict(critic.state_dict())
        self.log_alpha = torch.zeros(1, requires_grad=True)
        self.target_entropy = config.target_entropy_for(action_dim)
        self.critic_optimizer = torch.optim.Adam(
            list(chain(*(critic.parameters() for critic in self.critics))), lr=config.critic_lr
        )
        self.actor_optimizer = torch.optim.Adam(self.actor.parameters(), lr=config.actor_lr)
        self.alpha_optimizer = torch.optim.Adam([self.log_alpha], lr=config.temperature_lr)

    def _critic(self, inputs: int) -> nn.Sequential:
        return _mlp(inputs, 1, self.config, layer_norm=self.config.layer_norm_critic)

    def _sample(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_std = self.actor(observations).chunk(2, dim=-1)
        normal = torch.distributions.Normal(mean, log_std.clamp(-5, 2).exp())
        unsquashed = normal.rsample()
        actions = torch.tanh(unsquashed)
        log_probs = normal.log_prob(unsquashed) - torch.log(1 - actions.pow(2) + 1e-6)
        return actions, log_probs.sum(1)

    def step(self, batch: Batch) -> None:
        """Update the critics utd_ratio times, then the actor and the temperature once."""
        for i in range(self.config.utd_ratio):
            self._update_critics(
                batch.slice(i * self.config.batch_size, (i + 1) * self.config.batch_size)
            )
        actions, log_probs = self._sample(batch.observations)
        pairs = torch.cat([batch.observations, actions], 1)
        values = torch.stack([critic(pairs).squeeze(-1) for critic in self.critics])
        value = values.mean(0) if self.config.actor_q == 'mean' else values.min(0).values
        actor_loss = (self.log_alpha.exp().detach() * log_probs - value).mean()
        self.actor_optimizer.zero_grad()
        actor_loss.backward()
        self.actor_optimizer.step()

        alpha_loss = (-self.log_alpha.exp() * (log_probs.detach() + self.target_entropy)).mean()
        self.alpha_optimizer.zero_grad()
        alpha_loss.backward()
        self.alpha_optimizer.step()

    def _update_critics(self, batch: Batch) -> None:
        config = self.config
        with torch.no_grad():
            next_actions, next_log_probs = self._sample(batch.next_observations)
            next_pairs = torch.cat([batch.next_observations, next_actions], 1)
            chosen = torch.randperm(config.num_critics)[: config.target_subset].tolist()
            values = torch.stack([self.targets[i](next_pairs).squeeze(-1) for i in chosen])
            value = values.min(0).values
            if config.backup_entropy:
                value = value - self.log_alpha.exp() * next_log_probs
            targets = batch.rewards + config.discount * batch.bootstrap * value
        pairs = torch.cat([batch.observations, batch.actions], 1)
        losses = [functional.mse_loss(c(pairs).squeeze(-1), targets) for c in self.critics]
        loss = torch.stack(losses).sum()
        self.critic_optimizer.zero_grad()
        loss.backward()
        self.critic_optimizer.step()
        for critic, target in zip(self.critics, self.targets, strict=True):
            for w, t in zip(critic.parameters(), target.parameters(), strict=True):
                t.data.copy_(config.tau * w.data + (1 - config.tau) * t.data)
