# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A policy from an ONNX file: observations in, the mean action in the robot's units out.

The file may come from `sac export` or from elsewhere: it has one input, float32
[batch, observation_dim], and one output, float32 [batch, action_dim]. onnxruntime is imported when
such a file is read, and not before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any

import numpy as np
from sac_core.arrays import FloatArray
from sac_core.spaces import ActionScale, RobotSpec


@dataclass(frozen=True, eq=False)
class OnnxModel:
    """An ONNX policy that was read and found to have the right input and output.

    :param data: the bytes of the file
    :param version: counts the published policies of the run that it was exported from; 1: unknown
    :param learner_steps: learner steps behind it
    :param env_kwargs: keyword arguments of its environment, as a YAML mapping
    """

    data: bytes = field(repr=False)
    session: Any = field(repr=False)
    observation_dim: int
    action_dim: int
    env_id: str = ''
    version: int = 1
    learner_steps: int = 1
    env_kwargs: str = ''


class OnnxPolicy:
    """An ONNX policy that is ready to act on a robot.

    :param spec: of the robot; its bounds scale the actions back to [-1, 1]
    """

    def __init__(self, model: OnnxModel, spec: RobotSpec) -> None:
        self.weights = model
        self._run = model.session.run
        self._input = model.session.get_inputs()[0].name
        self._scale = ActionScale(spec)
        self._action = np.empty(spec.action_dim, np.float32)

    def act(self, observation: FloatArray, noise: FloatArray | None = None) -> FloatArray:
        """Choose the mean action.

        :param observation: (observation_dim,)
        :return: (action_dim,) in [-1, 1]; a buffer that the next call overwrites
        :raises ValueError: where noise is given: the file holds no standard deviation
        """
        if noise is not None:
            raise ValueError('an ONNX policy has a mean action only: set deterministic')
        action = self._run(None, {self._input: observation[None, :]})[0][0]
        return self._scale.to_policy(action, self._action)


def read_onnx(path: Path) -> OnnxModel:
    """Read an ONNX policy, and trust none of it.

    :raises ValueError: where it is not one, or onnxruntime is missing
    :raises OSError: where it cannot be read
    """
    data = path.read_bytes()
    try:
        import onnxruntime
    except ImportError as error:
        raise ValueError('an ONNX policy needs onnxruntime: pip install onnxruntime') from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # small matrices
    options.log_severity_level = 3  # what is worse than a warning
    try:
        session = onnxruntime.InferenceSession(data, options, providers=['CPUExecutionProvider'])
    except Exception as error:  # onnxruntime has one for each cause
        raise ValueError(f'not an ONNX policy: {" ".join(str(error).split())}') from error
    observation_dim = _width(session.get_inputs(), 'input')
    action_dim = _width(session.get_outputs(), 'output')
    told = session.get_modelmeta().custom_metadata_map
    model = OnnxModel(
        data,
        session,
        observation_dim,
        action_dim,
        env_id=told.get('env_id', ''),
        version=_count(told, 'version'),
        learner_steps=_count(told, 'learner_steps'),
        env_kwargs=told.get('env_kwargs', ''),
    )
    rest = np.zeros((1, observation_dim), np.float32)
    action = session.run(None, {session.get_inputs()[0].name: rest})[0]
    if action.shape != (1, action_dim) or not np.isfinite(action).all():
        raise ValueError(f'not an ONNX policy: its action at an observation of zeros is {action}')
    return model


def _width(values: list[Any], what: str) -> int:
    """Return the numbers in a row of the only input or output."""
    if len(values) != 1:
        raise ValueError(f'not an ONNX policy: it must have one {what}, got {len(values)}')
    kind, shape = values[0].type, values[0].shape
    if kind != 'tensor(float)' or len(shape) != 2 or not isinstance(shape[1], int):
        raise ValueError(
            f'not an ONNX policy: its {what} must be float32 [batch, n], got {kind} {shape}'
        )
    if isinstance(shape[0], int) and shape[0] != 1:
        raise ValueError(f'not an ONNX policy: its {what} must take a batch of 1, got {shape}')
    return shape[1]


def _count(told: dict[str, str], name: str) -> int:
    try:
        return max(1, int(json.loads(told[name])))
    except (KeyError, ValueError, TypeError):
        return 1
