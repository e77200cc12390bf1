# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor's forward pass in numpy: one observation in, one action in [-1, 1] out.

The policy file says how it explores: as a tanh-squashed diagonal Gaussian (Haarnoja et al. 2018,
arXiv:1812.05905, appendix C), or by noise added to its action. At one observation numpy is several
times faster than torch, and the robot's computer needs no torch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sac_core.arrays import FloatArray
from sac_core.normalization import SCALE, SHIFT
from sac_core.policy_architecture import SQUASHED_GAUSSIAN
from sac_core.weights import PolicyWeights

LAYER_NORM_EPSILON = np.float32(1e-5)


class Policy:
    """A policy that is ready to act. All buffers are allocated here, none in `act`.

    An action with noise is computed in float32, for speed. The mean action, which other programs
    reproduce from an exported file, is computed in float64: sums of float32 depend on their order,
    and a trained network made up to 4e-4 of that at observations of about 100.

    :param weights: checked weights, as `decode_weights` returns them
    """

    def __init__(self, weights: PolicyWeights) -> None:
        shape = weights.architecture
        self.weights = weights
        self._log_std_min = np.float32(shape.log_std_min)
        self._log_std_max = np.float32(shape.log_std_max)
        self._is_gaussian = shape.head == SQUASHED_GAUSSIAN
        self._noise_std = np.float32(shape.noise_std)
        self._exact = _Network(weights, ('mean',), np.float64)
        # All last layers in one product: two small products cost twice the call overhead.
        self._fast = _Network(weights, shape.head_layers, np.float32)
        self._mean = self._fast.head[: shape.action_dim]
        self._log_std = self._fast.head[shape.action_dim :]
        self._action = np.empty(shape.action_dim, np.float32)

    def act(self, observation: FloatArray, noise: FloatArray | None = None) -> FloatArray:
        """Choose an action.

        :param observation: (observation_dim,)
        :param noise: (action_dim,) standard normal; without it the mean action is taken
        :return: (action_dim,) in [-1, 1]; a buffer that the next call overwrites
        """
        if noise is None:
            self._exact.run(observation)
            return np.tanh(self._exact.head, out=self._action)
        self._fast.run(observation)
        if not self._is_gaussian:
            np.multiply(noise, self._noise_std, out=self._action)
            self._action += np.tanh(self._mean, out=self._mean)
            return np.clip(self._action, -1.0, 1.0, out=self._action)
        np.clip(self._log_std, self._log_std_min, self._log_std_max, out=self._log_std)
        np.exp(self._log_std, out=self._log_std)
        np.multiply(self._log_std, noise, out=self._action)
        self._action += self._mean
        return np.tanh(self._action, out=self._action)


class _Network:
    """The layers of a policy, in one precision.

    :param heads: names of the layers that make `head`, side by side
    :param number: numpy's type to compute in
    """

    def __init__(self, weights: PolicyWeights, heads: tuple[str, ...], number: Any) -> None:
        shape = weights.architecture
        tensors = {
            name: np.ascontiguousarray(array, number) for name, array in weights.tensors.items()
        }
        # Before the first layer: where an offset is large, a product cannot take it off again.
        self._normalization = (tensors[SHIFT], tensors[SCALE]) if SHIFT in tensors else None
        self._relu = shape.activation == 'relu'
        self._layers = [
            (
                tensors[f'hidden.{index}.weight'],
                tensors[f'hidden.{index}.bias'],
                (tensors[f'hidden.{index}.norm.weight'], tensors[f'hidden.{index}.norm.bias'])
                if shape.layer_norm
                else None,
                np.empty(units, number),
            )
            for index, units in enumerate(shape.hidden_dims)
        ]
        self._head_weight = np.ascontiguousarray(
            np.concatenate([tensors[f'{head}.weight'] for head in heads], axis=1)
        )
        self._head_bias = np.concatenate([tensors[f'{head}.bias'] for head in heads])
        self._observation = np.empty(shape.observation_dim, number)
        self.head = np.empty(len(self._head_bias), number)

    def run(self, observation: FloatArray) -> None:
        """Fill `head`."""
        hidden = self._observation
        hidden[:] = observation
        if self._normalization is not None:
            shift, scale = self._normalization
            hidden -= shift
            hidden *= scale
        for weight, bias, norm, out in self._layers:
            np.dot(hidden, weight, out=out)
            out += bias
            if norm is not None:
                scale, shift = norm
                out -= out.mean()
                out *= scale / np.sqrt(np.dot(out, out) / out.size + LAYER_NORM_EPSILON)
                out += shift
            if self._relu:
                np.maximum(out, 0, out=out)
            else:
                np.tanh(out, out=out)
            hidden = out
        np.dot(hidden, self._head_weight, out=self.head)
        self.head += self._head_bias
