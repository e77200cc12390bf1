# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Inspects policies and checkpoints."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from sac_actor.onnx_policy import OnnxModel
from sac_actor.policy_file import read_policy
from sac_core.weights import PolicyWeights

Facts = dict[str, Any]


def inspect_policy(path: Path) -> Facts:
    """Describe a file of a policy, read and checked as the actor does it.

    :raises ValueError: where it is not one
    """
    policy = read_policy(str(path))
    if isinstance(policy, OnnxModel):
        return {
            'kind': 'ONNX policy',
            'path': str(path),
            'problems': [],
            'env_id': policy.env_id,
            'observation_dim': policy.observation_dim,
            'action_dim': policy.action_dim,
            'version': policy.version,
            'learner_steps': policy.learner_steps,
        }
    return {'kind': 'policy', 'path': str(path), 'problems': [], **_weights(policy)}


def inspect_checkpoint(path: Path) -> Facts:
    """Describe a checkpoint, every part read and every checksum verified.

    :raises ValueError: where a part is missing or damaged, naming the file
    """
    # torch is wanted for the learner's own tensors alone
    from sac_learner.checkpoint_loading import read_checkpoint

    checkpoint = read_checkpoint(path)
    snapshot, robot = checkpoint.snapshot, checkpoint.spec
    tensors = snapshot.tensors
    return {
        'kind': 'checkpoint',
        'path': str(path),
        'problems': [],
        'robot': {
            'env_id': robot.env_id,
            'observation_dim': robot.observation_dim,
            'action_dim': robot.action_dim,
            'action_low': robot.action_low.tolist(),
            'action_high': robot.action_high.tolist(),
        },
        'policy': _weights(snapshot.policy),
        'learner_tensors': {
            'tensors': len(tensors),
            'numbers': sum(each.numel() for each in tensors.values()),
        },
        'pace': asdict(snapshot.rate_limiter),
        'transitions_ever_stored': snapshot.replay.total_added,
        'algorithm': checkpoint.algorithm,
        'config': checkpoint.config,
        'sessions': [asdict(account) for account in snapshot.sessions],
    }


def _weights(policy: PolicyWeights) -> Facts:
    tensors = policy.tensors
    return {
        'env_id': policy.env_id,
        'version': policy.version,
        'learner_steps': policy.learner_steps,
        'env_steps': policy.env_steps,
        **asdict(policy.architecture),
        'numbers': sum(each.size for each in tensors.values()),
        'largest_weight': max(float(np.max(np.abs(each))) for each in tensors.values()),
    }
