# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Names of a checkpoint's files, and its description; reading these takes no torch."""

from __future__ import annotations

import json
from pathlib import Path
import re
from typing import Any
import zlib

import numpy as np
from sac_core.spaces import RobotSpec

POLICY_FILE, TENSORS_FILE, DESCRIPTION_FILE = (
    'policy.safetensors',
    'learner.safetensors',
    'learner.json',
)
VERSION = 1
DEFAULT_ALGORITHM = 'sac'  # of a checkpoint that does not name its algorithm
_NAME = re.compile(r'step_(\d+)_save_(\d+)')


def encode_description(description: dict[str, Any]) -> bytes:
    """Encode a description as JSON that carries its own checksum."""
    own = zlib.crc32(json.dumps(description).encode())
    return json.dumps({**description, 'own_crc32': own}, indent=1).encode()


def decode_description(data: bytes) -> dict[str, Any]:
    """Decode what `encode_description` made.

    :raises ValueError: where it is damaged
    """
    description = json.loads(data)
    if not isinstance(description, dict):
        raise ValueError('does not hold an object')
    own = description.pop('own_crc32', None)
    if zlib.crc32(json.dumps(description).encode()) != own:
        raise ValueError('checksum does not match')
    return description


def described_robot(described: dict[str, Any]) -> RobotSpec:
    """Return the robot of a checkpoint, as far as a learner knows it.

    :raises ValueError: where it cannot be one
    :raises KeyError: where something is missing
    """
    return RobotSpec(
        env_id=described['env_id'],
        observation_dim=described['observation_dim'],
        action_dim=described['action_dim'],
        action_low=np.array(described['action_low'], np.float32),
        action_high=np.array(described['action_high'], np.float32),
        step_duration=1.0,
        max_episode_steps=0,
    )


def list_checkpoints(directory: Path) -> list[Path]:
    """List the checkpoints of a run, whole or not, in the order in which they were written."""
    found = [path for path in directory.glob('step_*') if _NAME.fullmatch(path.name)]
    return sorted(found, key=save_number)


def save_number(checkpoint: Path) -> int:
    """Which checkpoint of its run it is, counted from 1; steps may begin anew, this does not."""
    match = _NAME.fullmatch(checkpoint.name)
    return int(match[2]) if match else 0
