# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What an export is made from: a checkpoint's policy, and the robot that it was trained on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sac_actor.policy_environment import (
    environment_of_policy,
    parameters_of_policy,
    PolicyEnvironment,
)
from sac_core.arrays import FloatArray
from sac_core.spaces import RobotSpec
from sac_core.weights import decode_weights, PolicyWeights
from sac_learner.checkpoint_files import (
    decode_description,
    described_robot,
    DESCRIPTION_FILE,
    POLICY_FILE,
)


@dataclass(frozen=True, eq=False)
class PolicySource:
    """A policy with its robot's bounds, and how its environment is opened."""

    weights: PolicyWeights
    robot: RobotSpec
    environment: PolicyEnvironment = field(default_factory=PolicyEnvironment)

    @property
    def center(self) -> FloatArray:
        """Middle of each action's range, in the robot's units."""
        return np.asarray((self.robot.action_high + self.robot.action_low) / 2, np.float32)

    @property
    def half(self) -> FloatArray:
        """Half of each action's range, in the robot's units."""
        return np.asarray((self.robot.action_high - self.robot.action_low) / 2, np.float32)


def read_source(checkpoint: Path) -> PolicySource:
    """Read a checkpoint's policy and description; no torch is needed.

    :param checkpoint: its directory, or its file policy.safetensors
    :raises ValueError: where one of the two, or the run's file, is missing or damaged, naming it
    """
    directory = checkpoint.parent if checkpoint.is_file() else checkpoint
    path = directory / POLICY_FILE
    try:
        weights = decode_weights(path.read_bytes())
        path = directory / DESCRIPTION_FILE
        robot = described_robot(decode_description(path.read_bytes()))
    except OSError as error:
        raise ValueError(f'{path}: {error.strerror}') from error
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f'{path}: {error}') from error
    shape = weights.architecture
    if (shape.observation_dim, shape.action_dim) != (robot.observation_dim, robot.action_dim):
        raise ValueError(f'{path}: describes another robot than the policy beside it is for')
    known = environment_of_policy(weights, parameters_of_policy(checkpoint))
    return PolicySource(weights, robot, known)
