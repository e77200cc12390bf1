# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A stack of equal multilayer perceptrons over one flat tensor, its backward pass written out.

All weights of network i lie in row i of the flat tensor. So an optimizer or a target update is a
few elementwise kernels over everything, and each product is one batched product for the stack.
"""

from __future__ import annotations

from itertools import pairwise
import math
from typing import NamedTuple

from sac_learner.adam import is_matrix
from sac_learner.networks import LAYER_NORM_EPS
from sac_learner.precision import product
import torch
from torch import Tensor

_ALIGNMENT = 32  # floats: each row begins where the fast paths of matrix products want it


class SavedLayer(NamedTuple):
    """What the backward pass of one hidden layer needs; each (stack, batch, width)."""

    inputs: Tensor
    outputs: Tensor
    before_norm: Tensor
    normalized: Tensor
    mean: Tensor
    inverse_std: Tensor
    factors: Tensor | None  # of dropout

    def first(self, count: int) -> SavedLayer:
        """Give a view of the first networks of the stack."""
        return SavedLayer._make(None if each is None else each[:count] for each in self)


class StackedMlp:
    """Computes with weights that are handed in, (stack, size); the stack may be of any height.

    Each layer is that of `sac_learner.networks.Dense`: product, bias, LayerNorm, activation.

    :param inputs: numbers that enter.
    :param outputs: numbers that leave the last layer, which has neither norm nor activation.
    :param bf16: multiply between hidden layers in bfloat16.
    """

    def __init__(
        self,
        inputs: int,
        hidden_dims: tuple[int, ...],
        outputs: int,
        *,
        activation: str,
        layer_norm: bool,
        bf16: bool = False,
    ) -> None:
        self.layers = len(hidden_dims)
        self._is_relu = activation == 'relu'
        self._layer_norm = layer_norm
        self._bf16 = bf16
        # Matrices first, so that those of usual widths are aligned as well.
        self.shapes: dict[str, tuple[int, ...]] = {
            f'hidden.{i}.weight': shape for i, shape in enumerate(pairwise((inputs, *hidden_dims)))
        }
        self.shapes['head.weight'] = (hidden_dims[-1], outputs)
        for i, width in enumerate(hidden_dims):
            self.shapes[f'hidden.{i}.bias'] = (width,)
            if layer_norm:
                self.shapes[f'hidden.{i}.norm.weight'] = (width,)
                self.shapes[f'hidden.{i}.norm.bias'] = (width,)
        self.shapes['head.bias'] = (outputs,)
        self.matrices = sum(
            math.prod(shape) for name, shape in self.shapes.items() if is_matrix(name)
        )
        used = sum(math.prod(shape) for shape in self.shapes.values())
        self.size = -(-used // _ALIGNMENT) * _ALIGNMENT
        self._padding = self.size - used

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """Name the weights in a flat tensor, (stack, size): views of (stack, *shape)."""
        views, start = {}, 0
        for name, shape in self.shapes.items():
            stop = start + math.prod(shape)
            views[name] = flat[:, start:stop].view(-1, *shape)
            start = stop
        return views

    def forward(
        self, flat: Tensor, x: Tensor, factors: list[Tensor] | None = None
    ) -> tuple[Tensor, list[SavedLayer]]:
        """Compute the outputs.

        :param flat: (stack, size).
        :param x: (stack, batch, inputs).
        :param factors: of dropout, for each hidden layer (stack, batch, width).
        :return: (stack, batch, outputs), and what `backward` needs.
        """
        w = self.views(flat)
        saved = []
        for i in range(self.layers):
            inputs = x
            x = product(x, w[f'hidden.{i}.weight'], bf16=self._bf16 and i > 0)
            x = x + w[f'hidden.{i}.bias'].unsqueeze(1)
            kept = factors[i] if factors else None
            x = before_norm = x if kept is None else x * kept
            normalized = mean = inverse_std = x
            if self._layer_norm:
                normalized, mean, inverse_std = torch.native_layer_norm(
                    x, x.shape[-1:], None, None, LAYER_NORM_EPS
                )
                x = torch.addcmul(
                    w[f'hidden.{i}.norm.bias'].unsqueeze(1),
                    normalized,
                    w[f'hidden.{i}.norm.weight'].unsqueeze(1),
                )
            x = torch.relu(x) if self._is_relu else torch.tanh(x)
            saved.append(SavedLayer(inputs, x, before_norm, normalized, mean, inverse_std, kept))
        return torch.bmm(x, w['head.weight']) + w['head.bias'].unsqueeze(1), saved

    def weight_gradients(self, flat: Tensor, saved: list[SavedLayer], gradient: Tensor) -> Tensor:
        """Give the gradient of the weights, (stack, size).

        :param flat: the weights of `forward`.
        :param saved: what `forward` gave.
        :param gradient: of the outputs, (stack, batch, outputs).
        """
        w = self.views(flat)
        grads = {
            'head.weight': torch.bmm(saved[-1].outputs.transpose(1, 2), gradient),
            'head.bias': gradient.sum(dim=1),
        }
        gradient = torch.bmm(gradient, w['head.weight'].transpose(1, 2))
        for i in reversed(range(self.layers)):
            layer, bf16 = saved[i], self._bf16 and i > 0
            gradient = self._activation_backward(layer, gradient)
            if self._layer_norm:
                grads[f'hidden.{i}.norm.weight'] = (gradient * layer.normalized).sum(dim=1)
                grads[f'hidden.{i}.norm.bias'] = gradient.sum(dim=1)
                gradient = self._norm_backward(layer, w[f'hidden.{i}.norm.weight'], gradient)
            if layer.factors is not None:
                gradient = gradient * layer.factors
            grads[f'hidden.{i}.bias'] = gradient.sum(dim=1)
            grads[f'hidden.{i}.weight'] = product(
                layer.inputs.transpose(1, 2), gradient, bf16=bf16
            )
            if i > 0:
                gradient = product(gradient, w[f'hidden.{i}.weight'].transpose(1, 2), bf16=bf16)
        parts = [grads[name].flatten(1) for name in self.shapes]
        return torch.cat([*parts, flat.new_zeros(len(flat), self._padding)], dim=1)

    def input_gradient(
        self, flat: Tensor, saved: list[SavedLayer], gradient: Tensor, *, inputs: slice
    ) -> Tensor:
        """Give the gradient of some of the inputs, (stack, batch, number of them)."""
        w = self.views(flat)
        gradient = torch.bmm(gradient, w['head.weight'].transpose(1, 2))
        for i in reversed(range(self.layers)):
            gradient = self._activation_backward(saved[i], gradient)
            if self._layer_norm:
                gradient = self._norm_backward(saved[i], w[f'hidden.{i}.norm.weight'], gradient)
            kept = saved[i].factors
            if kept is not None:
                gradient = gradient * kept
            weight = w[f'hidden.{i}.weight'] if i > 0 else w['hidden.0.weight'][:, inputs]
            gradient = product(gradient, weight.transpose(1, 2), bf16=self._bf16 and i > 0)
        return gradient

    def _activation_backward(self, layer: SavedLayer, gradient: Tensor) -> Tensor:
        result: Tensor = (
            torch.ops.aten.threshold_backward(gradient, layer.outputs, 0)
            if self._is_relu
            else torch.ops.aten.tanh_backward(gradient, layer.outputs)
        )
        return result

    def _norm_backward(self, layer: SavedLayer, weight: Tensor, gradient: Tensor) -> Tensor:
        result: Tensor = torch.ops.aten.native_layer_norm_backward(
            gradient * weight.unsqueeze(1),
            layer.before_norm,
            layer.before_norm.shape[-1:],
            layer.mean,
            layer.inverse_std,
            None,
            None,
            [True, False, False],
        )[0]
        return result
