# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The policy's forward pass against the same formulas in float64, written one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest
from sac_core.policy import Policy
from sac_core.policy_architecture import TANH_ADDITIVE_NOISE
from sac_core.weights import PolicyArchitecture, PolicyWeights

Reference = NDArray[np.float64]


def random_weights(architecture: PolicyArchitecture, seed: int) -> PolicyWeights:
    """Weights of the size that training gives, normalization about 1."""
    random = np.random.default_rng(seed)
    tensors = {}
    for name, shape in architecture.tensor_shapes().items():
        values = random.normal(size=shape) / np.sqrt(shape[0])
        tensors[name] = (values + name.endswith('norm.weight')).astype(np.float32)
    return PolicyWeights(architecture, tensors)


def reference_action(
    weights: PolicyWeights, observation: Reference, noise: Reference | None
) -> Reference:
    tensors = {name: tensor.astype(np.float64) for name, tensor in weights.tensors.items()}
    shape = weights.architecture
    hidden = observation
    for index in range(len(shape.hidden_dims)):
        hidden = hidden @ tensors[f'hidden.{index}.weight'] + tensors[f'hidden.{index}.bias']
        if shape.layer_norm:  # Ba et al. 2016, arXiv:1607.06450, equation 4
            hidden = (hidden - hidden.mean()) / np.sqrt(hidden.var() + 1e-5)
            hidden = hidden * tensors[f'hidden.{index}.norm.weight']
            hidden = hidden + tensors[f'hidden.{index}.norm.bias']
        hidden = np.maximum(hidden, 0.0) if shape.activation == 'relu' else np.tanh(hidden)
    mean = hidden @ tensors['mean.weight'] + tensors['mean.bias']
    if noise is None:
        return np.tanh(mean)
    if shape.head == TANH_ADDITIVE_NOISE:
        return np.clip(np.tanh(mean) + shape.noise_std * noise, -1, 1)
    log_std = hidden @ tensors['log_std.weight'] + tensors['log_std.bias']
    log_std = np.clip(log_std, shape.log_std_min, shape.log_std_max)
    return np.tanh(mean + np.exp(log_std) * noise)


@pytest.mark.parametrize('head', [{}, {'head': TANH_ADDITIVE_NOISE, 'noise_std': 0.5}])
@pytest.mark.parametrize('layer_norm', [False, True])
@pytest.mark.parametrize('activation', ['relu', 'tanh'])
@pytest.mark.parametrize('hidden_dims', [(), (5,), (256, 256), (64, 32, 16)])
def test_actions_agree_with_the_formulas_in_float64(
    hidden_dims: tuple[int, ...], activation: str, layer_norm: bool, head: dict[str, Any]
) -> None:
    architecture = PolicyArchitecture(17, 6, hidden_dims, activation, layer_norm, **head)
    weights = random_weights(architecture, seed=len(hidden_dims))
    policy = Policy(weights)
    random = np.random.default_rng(1)
    for _ in range(20):
        observation = random.normal(scale=2.0, size=17).astype(np.float32)
        noise = random.normal(size=6).astype(np.float32)
        for drawn in (None, noise):
            expected = reference_action(
                weights,
                observation.astype(np.float64),
                None if drawn is None else drawn.astype(np.float64),
            )
            np.testing.assert_allclose(policy.act(observation, drawn), expected, atol=1e-5)


def test_the_mean_action_is_exact_where_float32_would_lose_it_in_large_observations() -> None:
    weights = random_weights(PolicyArchitecture(17, 6, (256, 256), 'relu', False, -5.0, 2.0), 4)
    policy = Policy(weights)
    for scale in (1.0, 1e2, 1e4, 1e6):
        observation = scale * np.random.default_rng(2).normal(size=17).astype(np.float32)
        expected = reference_action(weights, observation.astype(np.float64), None)
        np.testing.assert_allclose(policy.act(observation), expected, atol=1e-7)


@pytest.mark.parametrize(('bias', 'log_std'), [(-100.0, -5.0), (100.0, 2.0)])
def test_the_standard_deviation_is_clipped(bias: float, log_std: float) -> None:
    weights = random_weights(PolicyArchitecture(2, 1, (), 'relu', False, -5.0, 2.0), seed=0)
    for tensor in weights.tensors.values():
        tensor[:] = 0.0
    weights.tensors['log_std.bias'][:] = bias
    action = Policy(weights).act(np.zeros(2, np.float32), np.full(1, 0.1, np.float32))
    assert action[0] == pytest.approx(np.tanh(0.1 * np.exp(log_std)), rel=1e-5)


def test_actions_stay_within_the_bounds_for_extreme_observations() -> None:
    weights = random_weights(PolicyArchitecture(3, 2, (8,), 'relu', True, -5.0, 2.0), seed=2)
    action = Policy(weights).act(np.full(3, 1e6, np.float32), np.full(2, -9.0, np.float32))
    assert np.isfinite(action).all()
    assert np.abs(action).max() <= 1.0


def test_acting_changes_neither_the_weights_nor_the_observation() -> None:
    weights = random_weights(PolicyArchitecture(3, 2, (8, 8), 'tanh', True, -5.0, 2.0), seed=3)
    before = {name: tensor.copy() for name, tensor in weights.tensors.items()}
    observation, noise = np.ones(3, np.float32), np.ones(2, np.float32)
    policy = Policy(weights)
    first = policy.act(observation, noise).copy()
    np.testing.assert_array_equal(policy.act(observation, noise), first)
    assert observation.tolist() == [1.0] * 3
    assert noise.tolist() == [1.0] * 2
    for name, tensor in before.items():
        np.testing.assert_array_equal(weights.tensors[name], tensor)
