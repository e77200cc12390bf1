# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a policy as an ONNX model: observations in, the mean action in the robot's units out.

Input `observation`, float32 [batch, observation_dim], as the robot sends it: the model holds the
normalization, in its first layer or before it. Output `action`, float32 [batch, action_dim],
within the robot's bounds. In between it computes in float64, as `Policy` does for the mean action:
sums of float32 depend on their order, which each runtime has its own. Operator set 17, so that
runtimes from 2022 on can run it.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from onnx import checker, helper, ModelProto, NodeProto, numpy_helper, TensorProto, ValueInfoProto
from sac_core.arrays import FloatArray
from sac_core.normalization import SCALE, SHIFT
from sac_core.policy import LAYER_NORM_EPSILON
from sac_tools.export.policy_source import PolicySource

INPUT, OUTPUT = 'observation', 'action'
_OPERATOR_SET = 17
_IR_VERSION = 8  # of 2021, the first that has this operator set
_ACTIVATIONS = {'relu': 'Relu', 'tanh': 'Tanh'}


def onnx_bytes(source: PolicySource) -> bytes:
    """Return the content of the file."""
    data: bytes = onnx_model(source).SerializeToString()
    return data


def onnx_model(source: PolicySource) -> ModelProto:
    """Build the model."""
    weights, robot = source.weights, source.robot
    shape, tensors = weights.architecture, weights.tensors
    graph = _Graph()
    value = graph.cast(INPUT, 'double_observation', TensorProto.DOUBLE)
    if SHIFT in tensors:
        value = graph.add('Sub', [value, graph.double(SHIFT, tensors[SHIFT])], 'centered')
        value = graph.add('Mul', [value, graph.double(SCALE, tensors[SCALE])], 'normalized')
    for index in range(len(shape.hidden_dims)):
        layer = f'hidden.{index}'
        value = graph.dense(value, layer, tensors)
        if shape.layer_norm:
            scale, shift = f'{layer}.norm.weight', f'{layer}.norm.bias'
            value = graph.add(
                'LayerNormalization',
                [value, graph.double(scale, tensors[scale]), graph.double(shift, tensors[shift])],
                f'{layer}.normalized',
                epsilon=float(LAYER_NORM_EPSILON),
            )
        value = graph.add(_ACTIVATIONS[shape.activation], [value], f'{layer}.activated')
    value = graph.add('Tanh', [graph.dense(value, 'mean', tensors)], 'squashed')
    value = graph.cast(value, 'unit_action', TensorProto.FLOAT)
    # To the robot's units; rounding takes no action beyond its bounds.
    for operator, name, array in (
        ('Mul', 'half_range', source.half),
        ('Add', 'center', source.center),
        ('Max', 'action_low', robot.action_low),
        ('Min', 'action_high', robot.action_high),
    ):
        graph.constant(name, array)
        value = graph.add(operator, [value, name], OUTPUT if operator == 'Min' else f'{name}.out')
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            'policy',
            [_value(INPUT, shape.observation_dim)],
            [_value(OUTPUT, shape.action_dim)],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid('', _OPERATOR_SET)],
        ir_version=_IR_VERSION,
        producer_name='sac export',
    )
    told = {
        'env_id': source.environment.env_id or robot.env_id,
        'env_kwargs': source.environment.env_kwargs,
        'version': weights.version,
        'learner_steps': weights.learner_steps,
        'env_steps': weights.env_steps,
        'action_low': robot.action_low.tolist(),
        'action_high': robot.action_high.tolist(),
    }
    helper.set_model_props(
        model,
        {name: v if isinstance(v, str) else json.dumps(v) for name, v in told.items()},
    )
    checker.check_model(model, full_check=True)
    return model


class _Graph:
    """Nodes and constants of a graph that grows at its end."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def cast(self, value: str, output: str, number: int) -> str:
        return self.add('Cast', [value], output, to=number)

    def double(self, name: str, array: FloatArray) -> str:
        """Add a constant that is float32 in the file and float64 in use."""
        self.constant(name, array)
        return self.cast(name, f'{name}.double', TensorProto.DOUBLE)

    def constant(self, name: str, array: FloatArray) -> None:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output

    def dense(self, value: str, layer: str, tensors: dict[str, FloatArray]) -> str:
        """Add value @ weight + bias; matrices are (in, out)."""
        names = (f'{layer}.weight', f'{layer}.bias')
        factors = [self.double(name, tensors[name]) for name in names]
        return self.add('Gemm', [value, *factors], f'{layer}.out')


def _value(name: str, width: int) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ['batch', width])
