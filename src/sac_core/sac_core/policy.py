# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor's forward pass in numpy: one observation in, one action in [-1, 1] out.

A tanh-squashed diagonal Gaussian (Haarnoja et al. 2018, arXiv:1812.05905, appendix C). At one
observation numpy is several times faster than torch, and the robot's computer needs no torch.
"""

from __future__ import annotations

import numpy as np
from sac_core.arrays import FloatArray
from sac_core.weights import PolicyWeights

LAYER_NORM_EPSILON = np.float32(1e-5)


class Policy:
    """A policy that is ready to act. All buffers are allocated here, none in `act`.

    :param weights: checked weights, as `decode_weights` returns them
    """

    def __init__(self, weights: PolicyWeights) -> None:
        shape = weights.architecture
        self.weights = weights
        self._relu = shape.activation == 'relu'
        self._log_std_min = np.float32(shape.log_std_min)
        self._log_std_max = np.float32(shape.log_std_max)
        tensors = weights.tensors
        self._layers = [
            (
                np.ascontiguousarray(tensors[f'hidden.{index}.weight']),
                tensors[f'hidden.{index}.bias'],
                (tensors[f'hidden.{index}.norm.weight'], tensors[f'hidden.{index}.norm.bias'])
                if shape.layer_norm
                else None,
                np.empty(units, np.float32),
            )
            for index, units in enumerate(shape.hidden_dims)
        ]
        # Both heads in one product: two small products cost twice the call overhead.
        self._head_weight = np.ascontiguousarray(
            np.concatenate([tensors['mean.weight'], tensors['log_std.weight']], axis=1)
        )
        self._head_bias = np.concatenate([tensors['mean.bias'], tensors['log_std.bias']])
        self._head = np.empty(2 * shape.action_dim, np.float32)
        self._mean = self._head[: shape.action_dim]
        self._log_std = self._head[shape.action_dim :]
        self._action = np.empty(shape.action_dim, np.float32)

    def act(self, observation: FloatArray, noise: FloatArray | None = None) -> FloatArray:
        """Choose an action.

        :param observation: (observation_dim,)
        :param noise: (action_dim,) standard normal; without it the mean action is taken
        :return: (action_dim,) in [-1, 1]; a buffer that the next call overwrites
        """
        hidden = observation
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
        np.dot(hidden, self._head_weight, out=self._head)
        self._head += self._head_bias
        if noise is None:
            return np.tanh(self._mean, out=self._action)
        np.clip(self._log_std, self._log_std_min, self._log_std_max, out=self._log_std)
        np.exp(self._log_std, out=self._log_std)
        np.multiply(self._log_std, noise, out=self._action)
        self._action += self._mean
        return np.tanh(self._action, out=self._action)
