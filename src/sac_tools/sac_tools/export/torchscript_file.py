# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a policy as a TorchScript module: observations in, the mean action out.

As the ONNX model: (batch, observation_dim) float32 to (batch, action_dim) float32 in the robot's
units, by way of float64.
"""

from __future__ import annotations

import io
import warnings

from sac_core.normalization import SCALE, SHIFT
from sac_core.policy import LAYER_NORM_EPSILON
from sac_tools.export.policy_source import PolicySource
import torch
from torch import nn


class _Double(nn.Module):
    """To float64."""

    def forward(self, observation: torch.Tensor) -> torch.Tensor:
        return observation.double()


class _Normalize(nn.Module):
    """To mean 0 and standard deviation 1."""

    shift: torch.Tensor
    scale: torch.Tensor

    def __init__(self, source: PolicySource) -> None:
        super().__init__()
        self.register_buffer('shift', torch.tensor(source.weights.tensors[SHIFT]))
        self.register_buffer('scale', torch.tensor(source.weights.tensors[SCALE]))

    def forward(self, observation: torch.Tensor) -> torch.Tensor:
        return (observation - self.shift) * self.scale


class _Scale(nn.Module):
    """To float32 and the robot's units, and not beyond its bounds."""

    half_range: torch.Tensor
    center: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor

    def __init__(self, source: PolicySource) -> None:
        super().__init__()
        for name, array in (
            ('half_range', source.half),
            ('center', source.center),
            ('low', source.robot.action_low),
            ('high', source.robot.action_high),
        ):
            self.register_buffer(name, torch.tensor(array))

    def forward(self, action: torch.Tensor) -> torch.Tensor:
        robot: torch.Tensor = action.float() * self.half_range + self.center
        return torch.minimum(torch.maximum(robot, self.low), self.high)


def torch_module(source: PolicySource) -> nn.Sequential:
    """Build the policy of torch's own layers."""
    shape, tensors = source.weights.architecture, source.weights.tensors
    layers: list[nn.Module] = [_Double()]
    if SHIFT in tensors:
        layers.append(_Normalize(source))
    width = shape.observation_dim
    for index, units in enumerate(shape.hidden_dims):
        layers.append(_dense(width, units, f'hidden.{index}', source))
        if shape.layer_norm:
            norm = nn.LayerNorm(units, eps=float(LAYER_NORM_EPSILON))
            norm.load_state_dict(
                {
                    'weight': torch.tensor(tensors[f'hidden.{index}.norm.weight']),
                    'bias': torch.tensor(tensors[f'hidden.{index}.norm.bias']),
                }
            )
            layers.append(norm)
        layers.append(nn.ReLU() if shape.activation == 'relu' else nn.Tanh())
        width = units
    layers += [_dense(width, shape.action_dim, 'mean', source), nn.Tanh()]
    return nn.Sequential(*layers).double().append(_Scale(source)).eval().requires_grad_(False)


def torchscript_bytes(source: PolicySource) -> bytes:
    """Return the content of the file."""
    example = torch.zeros(2, source.weights.architecture.observation_dim)
    with torch.inference_mode(), warnings.catch_warnings():
        # torch calls this format old; libtorch reads it.
        warnings.simplefilter('ignore', DeprecationWarning)
        traced = torch.jit.trace(torch_module(source), example)
        stream = io.BytesIO()
        torch.jit.save(traced, stream)
    return stream.getvalue()


def _dense(inputs: int, outputs: int, name: str, source: PolicySource) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    tensors = source.weights.tensors
    layer.load_state_dict(
        {
            'weight': torch.tensor(tensors[f'{name}.weight'].T.copy()),
            'bias': torch.tensor(tensors[f'{name}.bias']),
        }
    )
    return layer
