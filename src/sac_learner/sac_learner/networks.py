# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Actors and stacked critics: plain multilayer perceptrons with optional LayerNorm."""

from __future__ import annotations

from itertools import pairwise
import math

from sac_core.policy_architecture import LOG_STD_MAX as LOG_STD_MAX
from sac_core.policy_architecture import LOG_STD_MIN as LOG_STD_MIN
from sac_core.policy_architecture import PolicyArchitecture, SQUASHED_GAUSSIAN
from sac_learner.precision import product
import torch
from torch import nn, Tensor
from torch.nn import functional

LAYER_NORM_EPS = 1e-5


class Dense(nn.Module):
    """`activation(norm(x @ weight + bias))`, optionally a stack of such layers worked as one.

    :param stack: `()` for one layer, `(n,)` for n layers side by side: the weights then have the
        shape (n, inputs, outputs) and one batched product serves all n.
    :param activation: 'relu', 'tanh', 'silu' or None.
    :param bf16: multiply in bfloat16.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        generator: torch.Generator,
        stack: tuple[int, ...] = (),
        activation: str | None = None,
        layer_norm: bool = False,
        bf16: bool = False,
    ) -> None:
        super().__init__()
        # U(-1/sqrt(inputs), 1/sqrt(inputs)) for weights and biases, as torch.nn.Linear.
        bound = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(*stack, inputs, outputs))
        self.bias = nn.Parameter(torch.empty(*stack, outputs))
        with torch.no_grad():
            self.weight.uniform_(-bound, bound, generator=generator)
            self.bias.uniform_(-bound, bound, generator=generator)
        self.norm = LayerNorm(outputs, stack=stack) if layer_norm else None
        self.activation = activation
        self.bf16 = bf16

    def forward(self, x: Tensor, factors: Tensor | None = None) -> Tensor:
        """(..., batch, inputs) -> (*stack, batch, outputs).

        :param factors: what dropout multiplies the units by, (*stack, batch, outputs).
        """
        x = product(x, self.weight, bf16=self.bf16) + self.bias.unsqueeze(-2)
        if factors is not None:
            x = x * factors
        if self.norm is not None:
            x = self.norm.forward(x)
        if self.activation == 'relu':
            x = torch.relu(x)
        elif self.activation == 'tanh':
            x = torch.tanh(x)
        elif self.activation == 'silu':
            x = functional.silu(x)
        return x


class LayerNorm(nn.Module):
    """Layer normalization (arXiv:1607.06450) with one gain and offset for each of a stack."""

    def __init__(self, width: int, *, stack: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(*stack, width))
        self.bias = nn.Parameter(torch.zeros(*stack, width))

    def forward(self, x: Tensor) -> Tensor:
        normalized = functional.layer_norm(x, x.shape[-1:], eps=LAYER_NORM_EPS)
        return normalized * self.weight.unsqueeze(-2) + self.bias.unsqueeze(-2)


def _hidden_layers(
    widths: tuple[int, ...],
    *,
    stack: tuple[int, ...] = (),
    activation: str,
    layer_norm: bool,
    precision: str,
    generator: torch.Generator,
) -> nn.Sequential:
    """Build a layer for each pair of neighboring widths.

    :param precision: of the products between hidden layers; observations enter as float32.
    """
    return nn.Sequential(
        *(
            Dense(
                inputs,
                outputs,
                stack=stack,
                activation=activation,
                layer_norm=layer_norm,
                bf16=precision == 'bf16' and i > 0,
                generator=generator,
            )
            for i, (inputs, outputs) in enumerate(pairwise(widths))
        )
    )


class Actor(nn.Module):
    """Policy: a diagonal Gaussian whose mean and spread depend on the state, squashed by tanh."""

    def __init__(
        self,
        observation_dim: int,
        action_dim: int,
        *,
        hidden_dims: tuple[int, ...],
        activation: str,
        layer_norm: bool,
        generator: torch.Generator,
        precision: str = 'fp32',
    ) -> None:
        super().__init__()
        widths = (observation_dim, *hidden_dims)
        self.hidden = _hidden_layers(
            widths,
            activation=activation,
            layer_norm=layer_norm,
            precision=precision,
            generator=generator,
        )
        self.mean = Dense(widths[-1], action_dim, generator=generator)
        self.log_std = Dense(widths[-1], action_dim, generator=generator)

    def forward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """Give the Gaussian before squashing.

        :param observations: (batch, observation_dim).
        :return: mean and log standard deviation, each (batch, action_dim).
        """
        features: Tensor = self.hidden(observations)
        log_std = self.log_std.forward(features).clamp(LOG_STD_MIN, LOG_STD_MAX)
        return self.mean.forward(features), log_std

    def sample(self, observations: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Draw actions by the reparameterization trick (arXiv:1812.05905, appendix C).

        :param observations: (batch, observation_dim).
        :param noise: (batch, action_dim), standard normal.
        :return: actions in (-1, 1), (batch, action_dim), and their log-probabilities, (batch,).
        """
        mean, log_std = self.forward(observations)
        unsquashed = mean + log_std.exp() * noise
        log_normal = -0.5 * noise.square() - log_std - 0.5 * math.log(2 * math.pi)
        # log(1 - tanh(u)^2), in a form that stays finite for large |u|.
        log_jacobian = 2 * (math.log(2) - unsquashed - functional.softplus(-2 * unsquashed))
        return torch.tanh(unsquashed), (log_normal - log_jacobian).sum(-1)

    def explore(self, observations: Tensor, noise: Tensor) -> Tensor:
        """Act as the published policy explores; `noise` as for `sample`."""
        return self.sample(observations, noise)[0]


class DeterministicActor(nn.Module):
    """Policy: one action for each state, squashed by tanh; noise is added to it to explore."""

    def __init__(
        self,
        observation_dim: int,
        action_dim: int,
        *,
        hidden_dims: tuple[int, ...],
        activation: str,
        layer_norm: bool,
        generator: torch.Generator,
        precision: str = 'fp32',
        noise_std: float = 0.0,
    ) -> None:
        super().__init__()
        widths = (observation_dim, *hidden_dims)
        self.hidden = _hidden_layers(
            widths,
            activation=activation,
            layer_norm=layer_norm,
            precision=precision,
            generator=generator,
        )
        self.mean = Dense(widths[-1], action_dim, generator=generator)
        self.noise_std = noise_std

    def forward(self, observations: Tensor) -> Tensor:
        """(batch, observation_dim) -> actions in (-1, 1), (batch, action_dim)."""
        features: Tensor = self.hidden(observations)
        return torch.tanh(self.mean.forward(features))

    def explore(self, observations: Tensor, noise: Tensor) -> Tensor:
        """Act as the published policy explores.

        :param noise: (batch, action_dim), standard normal.
        """
        return (self.forward(observations) + self.noise_std * noise).clamp(-1, 1)


def actor_of(
    architecture: PolicyArchitecture, *, precision: str = 'fp32'
) -> Actor | DeterministicActor:
    """Build the network that a policy's tensors belong to; its weights are arbitrary."""
    shape = architecture
    kind, more = (
        (Actor, {})
        if shape.head == SQUASHED_GAUSSIAN
        else (DeterministicActor, {'noise_std': shape.noise_std})
    )
    return kind(
        shape.observation_dim,
        shape.action_dim,
        hidden_dims=shape.hidden_dims,
        activation=shape.activation,
        layer_norm=shape.layer_norm,
        precision=precision,
        generator=torch.Generator(),
        **more,
    )


class Critics(nn.Module):
    """Q-functions of one shape, stacked: each product serves the whole ensemble."""

    def __init__(
        self,
        observation_dim: int,
        action_dim: int,
        *,
        num_critics: int,
        hidden_dims: tuple[int, ...],
        activation: str,
        layer_norm: bool,
        generator: torch.Generator,
        precision: str = 'fp32',
    ) -> None:
        super().__init__()
        widths = (observation_dim + action_dim, *hidden_dims)
        self.hidden = _hidden_layers(
            widths,
            stack=(num_critics,),
            activation=activation,
            layer_norm=layer_norm,
            precision=precision,
            generator=generator,
        )
        self.value = Dense(widths[-1], 1, stack=(num_critics,), generator=generator)

    def forward(
        self, observations: Tensor, actions: Tensor, factors: list[Tensor] | None = None
    ) -> Tensor:
        """Estimate the soft return of each action.

        :param observations: (batch, observation_dim).
        :param actions: (batch, action_dim), in [-1, 1].
        :param factors: of dropout, for each hidden layer (num_critics, batch, width).
        :return: (num_critics, batch).
        """
        features = torch.cat((observations, actions), dim=-1)
        for i, layer in enumerate(self.hidden):
            features = layer(features, factors[i] if factors else None)
        return self.value.forward(features).squeeze(-1)
