# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of one learner step on static tensors: `SacStep` in as few kernels as may be.

What differs from the textbook order is only when things are computed. The actor does not change
during the critic updates, so the next actions of all of them are drawn at once; critics and the
targets in use are one stack, so that one product serves both; gradients are written out.
"""

from __future__ import annotations

from collections.abc import Callable
import math

from sac_learner.algorithms.sac.config import LARGEST_LOG_ALPHA, SacConfig
from sac_learner.algorithms.sac.dropout import (
    actor_pass,
    critic_pass,
    layer_keys,
    target_pass,
    unit_factors,
)
from sac_learner.algorithms.sac.gpu.flat_adam import FlatAdam
from sac_learner.algorithms.sac.gpu.row_layout import RowLayout
from sac_learner.algorithms.sac.gpu.stacked_mlp import StackedMlp
from sac_learner.algorithms.sac.noise import StepNoise
from sac_learner.networks import LOG_STD_MAX, LOG_STD_MIN
import torch
from torch import Tensor
from torch.nn import functional

_Part = Callable[..., tuple[Tensor, ...]]

METRICS = (
    'critic_loss',
    'q_mean',
    'actor_loss',
    'temperature_loss',
    'temperature',
    'entropy',
)


class Update:
    """All that training changes, and the step that changes it, in place.

    :param compiled: let torch.compile fuse what lies between the products.
    """

    def __init__(
        self,
        config: SacConfig,
        layout: RowLayout,
        device: torch.device,
        *,
        precision: str = 'fp32',
        compiled: bool = False,
    ) -> None:
        self.config = config
        self.layout = layout
        bf16 = precision == 'bf16'
        self.actor_mlp = StackedMlp(
            layout.observation_dim,
            config.hidden_dims,
            2 * layout.action_dim,  # mean, then log standard deviation
            activation=config.activation,
            layer_norm=config.layer_norm_actor,
            bf16=bf16,
        )
        self.critic_mlp = StackedMlp(
            layout.pair_dim,
            config.hidden_dims,
            1,
            activation=config.activation,
            layer_norm=config.layer_norm_critic,
            bf16=bf16,
        )
        self.actor = torch.zeros(1, self.actor_mlp.size, device=device)
        self.critics = torch.zeros(config.num_critics, self.critic_mlp.size, device=device)
        self.target_critics = torch.zeros_like(self.critics)
        self.log_alpha = torch.zeros((), device=device)
        warmup, decay = config.warmup_steps, config.weight_decay
        self.actor_adam = FlatAdam(
            self.actor, config.actor_lr, warmup, decay, self.actor_mlp.matrices
        )
        self.critic_adam = FlatAdam(
            self.critics, config.critic_lr, warmup, decay, self.critic_mlp.matrices
        )
        self.temperature_adam = FlatAdam(self.log_alpha, config.temperature_lr, 0)
        self._target_entropy = config.target_entropy_for(layout.action_dim)

        def maybe_compiled(function: _Part) -> _Part:
            return torch.compile(function, fullgraph=True, dynamic=False) if compiled else function

        self._parts = (
            maybe_compiled(self._prepare),
            maybe_compiled(self._update_critics),
            maybe_compiled(self._update_actor),
            maybe_compiled(self._summarize),
        )

    @torch.no_grad()
    def __call__(self, rows: Tensor, noise: StepNoise) -> Tensor:
        """Update the critics utd_ratio times, then the actor and the temperature once.

        :param rows: (utd_ratio * batch_size, width), observations normalized.
        :return: the figures, in the order of METRICS.
        """
        prepare, update_critics, update_actor, summarize = self._parts
        prepared = prepare(rows, noise.next_action_noise)
        keys = None if noise.dropout_key is None else layer_keys(self.config, noise.dropout_key)
        updates = [
            update_critics(*of_one, *self._keys_of(keys, i))
            for i, of_one in enumerate(zip(*prepared, noise.target_subset, strict=True))
        ]
        errors, q_values = zip(*updates, strict=True)
        actor_keys = () if keys is None else (keys[actor_pass(self.config)],)
        stats = update_actor(rows, noise.actor_noise, *actor_keys)
        return summarize(errors, q_values, stats)[0]

    @staticmethod
    def _keys_of(keys: Tensor | None, update: int) -> tuple[Tensor, ...]:
        """Give the keys of dropout in critics and targets, where there is some."""
        if keys is None:
            return ()
        return keys[critic_pass(update)], keys[target_pass(update)]

    def _prepare(self, rows: Tensor, noise: Tensor) -> tuple[Tensor, ...]:
        """Do for all critic updates at once what does not depend on the critics.

        :return: what critics and targets look at, (utd_ratio, num_critics + target_subset,
            batch_size, pair_dim); what a target holds beside the next value, and by what it
            multiplies that, each (utd_ratio, batch_size); and the plan of their optimizer.
        """
        config = self.config
        batch = self.layout.batch(rows)
        output, _ = self.actor_mlp.forward(self.actor, batch.next_observations.unsqueeze(0))
        mean, log_std = output[0].chunk(2, dim=-1)
        next_actions, next_log_probs = squash(
            mean, log_std.clamp(LOG_STD_MIN, LOG_STD_MAX), noise.flatten(0, 1)
        )
        discounts = config.discount * batch.bootstrap
        rewards = batch.rewards
        if config.backup_entropy:
            rewards = rewards - discounts * (self.log_alpha.exp() * next_log_probs)
        pairs = self.layout.pairs(rows)
        next_pairs = torch.cat((batch.next_observations, next_actions), dim=-1)
        split = (config.utd_ratio, 1, config.batch_size, -1)
        inputs = torch.cat(
            (
                pairs.reshape(split).expand(-1, config.num_critics, -1, -1),
                next_pairs.view(split).expand(-1, config.target_subset, -1, -1),
            ),
            dim=1,
        )
        return (
            inputs,
            rewards.view(split[0], -1),
            discounts.view(split[0], -1),
            self.critic_adam.plan(config.utd_ratio),
        )

    def _update_critics(
        self,
        inputs: Tensor,
        rewards: Tensor,
        discounts: Tensor,
        adam_plan: Tensor,
        target_subset: Tensor,
        critic_keys: Tensor | None = None,
        target_keys: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        """Minimize the soft Bellman residual (arXiv:1812.05905, equations 5 and 6).

        :return: errors of the critics and their values, (num_critics, batch_size) each.
        """
        config = self.config
        targets_in_use = self.target_critics
        if config.target_subset < config.num_critics:
            targets_in_use = targets_in_use.index_select(0, target_subset)
        networks = torch.cat((self.critics, targets_in_use))
        factors = None
        if critic_keys is not None and target_keys is not None:
            if config.target_subset < config.num_critics:
                target_keys = target_keys.index_select(0, target_subset)
            keys = torch.cat((critic_keys, target_keys))
            factors = unit_factors(config, keys, config.batch_size)
        output, saved = self.critic_mlp.forward(networks, inputs, factors)
        q_values, next_q_values = output.squeeze(-1).split(
            (config.num_critics, config.target_subset)
        )
        targets = torch.addcmul(rewards, discounts, next_q_values.amin(dim=0))
        errors = q_values - targets
        gradient = self.critic_mlp.weight_gradients(
            networks[: config.num_critics],
            [layer.first(config.num_critics) for layer in saved],
            (errors / config.batch_size).unsqueeze(-1),
        )
        self.critic_adam.descend(gradient, adam_plan)
        self.target_critics.lerp_(self.critics, config.tau)
        return errors, q_values

    def _update_actor(
        self, rows: Tensor, noise: Tensor, keys: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Maximize value and entropy (equation 9), and steer the entropy (equation 18).

        :return: actor loss, temperature loss, temperature, entropy.
        """
        observations = self.layout.batch(rows).observations
        count, alpha = len(observations), self.log_alpha.exp()
        output, saved = self.actor_mlp.forward(self.actor, observations.unsqueeze(0))
        mean, raw_log_std = output[0].chunk(2, dim=-1)
        log_std = raw_log_std.clamp(LOG_STD_MIN, LOG_STD_MAX)
        actions, log_probs = squash(mean, log_std, noise)
        value, value_gradient = self._value(observations, actions, keys)
        actor_loss = (alpha * log_probs - value).mean()

        # d log_prob / d u = 2 tanh(u), where u = mean + std * noise and action = tanh(u).
        by_u = (alpha * 2 * actions - value_gradient * (1 - actions.square())) / count
        by_log_std = by_u * log_std.exp() * noise - alpha / count
        by_log_std = by_log_std * (log_std == raw_log_std)  # nothing passes where it is clamped
        gradient = self.actor_mlp.weight_gradients(
            self.actor, saved, torch.cat((by_u, by_log_std), dim=-1).unsqueeze(0)
        )
        self.actor_adam.descend(gradient, self.actor_adam.plan(1)[0])

        entropy = -log_probs.mean()
        temperature_loss = alpha * (entropy - self._target_entropy)
        # An exponential is its own derivative, so the loss is its gradient, too.
        self.temperature_adam.descend(temperature_loss, self.temperature_adam.plan(1)[0])
        self.log_alpha.clamp_(max=LARGEST_LOG_ALPHA)
        return actor_loss, temperature_loss, self.log_alpha.exp(), entropy

    def _summarize(
        self,
        errors: tuple[Tensor, ...],
        q_values: tuple[Tensor, ...],
        stats: tuple[Tensor, ...],
    ) -> tuple[Tensor, ...]:
        """Give the figures of a step as one tensor."""
        return (
            torch.stack(
                (
                    0.5 * torch.stack(errors).square().mean(dim=-1).sum(dim=-1).mean(),
                    torch.stack(q_values).mean(),
                    *stats,
                )
            ),
        )

    def _value(
        self, observations: Tensor, actions: Tensor, keys: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Give what the actor maximizes, (batch,), and its gradient by the actions."""
        pairs = torch.cat((observations, actions), dim=-1)
        inputs = pairs.expand(self.config.num_critics, -1, -1)
        factors = None if keys is None else unit_factors(self.config, keys, len(pairs))
        output, saved = self.critic_mlp.forward(self.critics, inputs, factors)
        q_values = output.squeeze(-1)
        if self.config.actor_q == 'mean':
            value = q_values.mean(dim=0)
            share = torch.full_like(q_values, 1 / self.config.num_critics)
        else:
            value = q_values.amin(dim=0)
            is_least = (q_values == value).float()
            share = is_least / is_least.sum(dim=0)
        gradient = self.critic_mlp.input_gradient(
            self.critics,
            saved,
            share.unsqueeze(-1),
            inputs=slice(self.layout.observation_dim, self.layout.pair_dim),
        )
        return value, gradient.sum(dim=0)


def squash(mean: Tensor, log_std: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Give actions and their log-probabilities, as `sac_learner.networks.Actor.sample`."""
    unsquashed = mean + log_std.exp() * noise
    log_normal = -0.5 * noise.square() - log_std - 0.5 * math.log(2 * math.pi)
    log_jacobian = 2 * (math.log(2) - unsquashed - functional.softplus(-2 * unsquashed))
    return torch.tanh(unsquashed), (log_normal - log_jacobian).sum(-1)
