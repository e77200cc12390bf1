# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner step written in another way: a loop over critics, autograd, torch.optim."""

from __future__ import annotations

import numpy as np
from sac_learner.algorithms.sac.noise import StepNoise
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.batch import Batch
import torch
from torch import Tensor

Drops = tuple[int, int, int] | None  # key of the step, number of the pass, critic


def hash32(x: np.ndarray | np.uint32) -> np.ndarray:
    with np.errstate(over='ignore'):
        x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
        x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


class SeparateStep:
    """The same algorithm with a loop over critics, float64, torch's Adam and distributions."""

    def __init__(self, step: SacStep) -> None:
        self.config, self.target_entropy = step.config, step.target_entropy
        self.actor = {
            n: w.detach().double().requires_grad_() for n, w in step.actor.named_parameters()
        }
        self.critics = [
            {
                n: w.detach()[i].double().requires_grad_()
                for n, w in step.critics.named_parameters()
            }
            for i in range(step.config.num_critics)
        ]
        self.targets = [{n: w.detach().clone() for n, w in c.items()} for c in self.critics]
        self.log_alpha = step.log_alpha.detach().double().requires_grad_()
        c = step.config
        self.optimizers = [
            torch.optim.AdamW(self.groups(self.critics), lr=c.critic_lr),
            torch.optim.AdamW(self.groups([self.actor]), lr=c.actor_lr),
            torch.optim.Adam([self.log_alpha], lr=c.temperature_lr),
        ]
        self.schedules = [
            torch.optim.lr_scheduler.LambdaLR(o, lambda n: min(1.0, (n + 1) / c.warmup_steps))
            for o in self.optimizers[:2]
            if c.warmup_steps
        ]

    def groups(self, networks: list[dict[str, Tensor]]) -> list[dict[str, object]]:
        """Sort weights by whether they decay: the matrices, which have two dimensions each."""
        weights = [w for network in networks for w in network.values()]
        return [
            {
                'params': [w for w in weights if (w.dim() == 2) == decays],
                'weight_decay': self.config.weight_decay * decays,
            }
            for decays in (True, False)
        ]

    def mlp(self, w: dict[str, Tensor], x: Tensor, drops: Drops = None) -> Tensor:
        for i in range(len(self.config.hidden_dims)):
            x = torch.nn.functional.linear(x, w[f'hidden.{i}.weight'].T, w[f'hidden.{i}.bias'])
            if drops is not None and self.config.dropout:
                x = x * self.kept(drops, i, *x.shape)
            if f'hidden.{i}.norm.weight' in w:
                x = torch.nn.functional.layer_norm(
                    x, x.shape[-1:], w[f'hidden.{i}.norm.weight'], w[f'hidden.{i}.norm.bias']
                )
            x = torch.relu(x) if self.config.activation == 'relu' else torch.tanh(x)
        return x

    def kept(self, drops: tuple[int, int, int], layer: int, rows: int, width: int) -> Tensor:
        key, number, critic = drops
        place = (number * self.config.num_critics + critic) * len(self.config.hidden_dims) + layer
        row_keys = hash32(
            hash32(np.uint32((key + place) % 2**32)) + np.arange(rows, dtype=np.uint32)
        )
        bits = hash32(row_keys[:, None] + np.arange(width, dtype=np.uint32))
        share = self.config.dropout
        return torch.from_numpy(bits / 2**32 >= share).double() / (1 - share)

    def q(
        self, w: dict[str, Tensor], observations: Tensor, actions: Tensor, drops: Drops = None
    ) -> Tensor:
        features = self.mlp(w, torch.cat((observations, actions), -1), drops)
        return (features @ w['value.weight'] + w['value.bias']).squeeze(-1)

    def act(self, observations: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        w, features = self.actor, self.mlp(self.actor, observations)
        mean = features @ w['mean.weight'] + w['mean.bias']
        std = (features @ w['log_std.weight'] + w['log_std.bias']).clamp(-5, 2).exp()
        raw = mean + std * noise
        log_prob = torch.distributions.Normal(mean, std).log_prob(raw)
        return raw.tanh(), (log_prob - (1 - raw.tanh() ** 2).log()).sum(-1)

    def minimize(self, which: int, loss: Tensor) -> None:
        self.optimizers[which].zero_grad()
        loss.backward()
        self.optimizers[which].step()
        if which < len(self.schedules):
            self.schedules[which].step()

    def update(self, batch: Batch, noise: StepNoise) -> None:
        c, size = self.config, self.config.batch_size
        key = 0 if noise.dropout_key is None else int(noise.dropout_key)
        o, a, r, o2, goes_on = (
            getattr(batch, f).double()
            for f in ('observations', 'actions', 'rewards', 'next_observations', 'bootstrap')
        )
        for i in range(c.utd_ratio):
            part = slice(i * size, (i + 1) * size)
            with torch.no_grad():
                a2, log_prob = self.act(o2[part], noise.next_action_noise[i].double())
                value = (
                    torch.stack(
                        [
                            self.q(self.targets[int(k)], o2[part], a2, (key, 2 * i, int(k)))
                            for k in noise.target_subset[i]
                        ]
                    )
                    .min(0)
                    .values
                )
                value = value - self.log_alpha.exp() * log_prob * c.backup_entropy
                y = r[part] + c.discount * goes_on[part] * value
            self.minimize(
                0,
                sum(
                    torch.nn.functional.mse_loss(
                        self.q(w, o[part], a[part], (key, 2 * i + 1, j)), y
                    )
                    for j, w in enumerate(self.critics)
                ),
            )
            with torch.no_grad():
                for target, critic in zip(self.targets, self.critics, strict=True):
                    for n in target:
                        target[n] = (1 - c.tau) * target[n] + c.tau * critic[n]
        action, log_prob = self.act(o, noise.actor_noise.double())
        values = torch.stack(
            [self.q(w, o, action, (key, 2 * c.utd_ratio, j)) for j, w in enumerate(self.critics)]
        )
        value = values.mean(0) if c.actor_q == 'mean' else values.min(0).values
        self.minimize(1, (self.log_alpha.exp().detach() * log_prob - value).mean())
        self.minimize(
            2, -(self.log_alpha.exp() * (log_prob.detach() + self.target_entropy)).mean()
        )

    def weights(self) -> dict[str, Tensor]:
        named = {f'actor.{n}': w for n, w in self.actor.items()}
        for prefix, group in (('critics', self.critics), ('target_critics', self.targets)):
            for n in group[0]:
                named[f'{prefix}.{n}'] = torch.stack([w[n] for w in group])
        named['log_alpha'] = self.log_alpha
        return {n: w.detach().float() for n, w in named.items()}
