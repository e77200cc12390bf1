# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a policy from a checkpoint or an ONNX file, and makes it ready to act."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sac_actor.onnx_policy import OnnxModel, OnnxPolicy, read_onnx
from sac_core.latest import follow_latest
from sac_core.policy import Policy
from sac_core.spaces import RobotSpec
from sac_core.weights import decode_weights, PolicyWeights

POLICY_FILE = 'policy.safetensors'  # of a checkpoint
ONNX_SUFFIX = '.onnx'


def read_policy(checkpoint: str) -> PolicyWeights | OnnxModel:
    """Read the policy of a checkpoint.

    :param checkpoint: its directory, or a file: policy.safetensors or one that ends in .onnx
    :raises ValueError: where there is none, or it is not a policy
    """
    given = follow_latest(Path(checkpoint).expanduser())
    path = given / POLICY_FILE if given.is_dir() else given
    try:
        if path.suffix == ONNX_SUFFIX:
            return read_onnx(path)
        return decode_weights(path.read_bytes())
    except OSError as error:
        raise ValueError(f"checkpoint '{path}': {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"checkpoint '{path}': {error}") from error


def ready_policy(weights: PolicyWeights | OnnxModel, spec: RobotSpec) -> Policy | OnnxPolicy:
    """Make a policy ready to act on a robot.

    :raises ValueError: where it was made for another one
    """
    shape = weights if isinstance(weights, OnnxModel) else weights.architecture
    for name in ('observation_dim', 'action_dim'):
        if getattr(shape, name) != getattr(spec, name):
            raise ValueError(
                f'the policy has {name} {getattr(shape, name)},'
                f' the robot has {getattr(spec, name)}'
            )
    policy = OnnxPolicy(weights, spec) if isinstance(weights, OnnxModel) else Policy(weights)
    policy.act(np.zeros(spec.observation_dim, np.float32))  # its first call is a slow one
    return policy
