# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A robot's observations and actions, and the scaling between [-1, 1] and its own units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sac_core.arrays import FloatArray

# Far above any robot's, far below what exhausts a computer's memory before anything is known.
LARGEST_DIM = 4096
# Of numbers that describe a robot or come from it: their squares are far from float32's end.
LARGEST_NUMBER = 1e8
_LONGEST_STEP = 3600.0  # [s]


@dataclass(frozen=True, eq=False)
class RobotSpec:
    """The robot side's description of itself, checked on construction.

    :param action_low: (action_dim,) lower bounds in the robot's own units
    :param action_high: (action_dim,) upper bounds
    :param step_duration: robot or simulated time of one step [s]
    :param max_episode_steps: time limit in steps, 0: none
    :raises ValueError: naming the field and the value
    """

    env_id: str
    observation_dim: int
    action_dim: int
    action_low: FloatArray
    action_high: FloatArray
    step_duration: float
    max_episode_steps: int
    bridge_session: int = 0

    def __post_init__(self) -> None:
        for name in ('observation_dim', 'action_dim'):
            dim = getattr(self, name)
            if dim < 1:
                raise ValueError(f'{name} must be at least 1, got {dim}')
            if dim > LARGEST_DIM:
                raise ValueError(f'{name} must be at most {LARGEST_DIM}, got {dim}')
        for name in ('action_low', 'action_high'):
            bound = getattr(self, name)
            if bound.shape != (self.action_dim,) or not (np.abs(bound) <= LARGEST_NUMBER).all():
                raise ValueError(
                    f'{name} must be {self.action_dim} finite numbers up to {LARGEST_NUMBER:g},'
                    f' got {bound}'
                )
        if not (self.action_low < self.action_high).all():
            raise ValueError(
                f'action_low must be below action_high, got {self.action_low}, {self.action_high}'
            )
        if not 0.0 < self.step_duration <= _LONGEST_STEP:
            raise ValueError(
                f'step_duration must be above 0 and at most {_LONGEST_STEP:g},'
                f' got {self.step_duration}'
            )

    def difference(self, other: RobotSpec) -> str:
        """Name the fields in which two robots differ for a learner; empty where they agree."""
        fields = ('env_id', 'observation_dim', 'action_dim')
        pairs = [(name, getattr(self, name), getattr(other, name)) for name in fields]
        for name in ('action_low', 'action_high'):
            ours, theirs = getattr(self, name), getattr(other, name)
            if not np.array_equal(ours, theirs):
                pairs.append((name, ours.tolist(), theirs.tolist()))
        return ', '.join(f'{name} {a} against {b}' for name, a, b in pairs if a != b)


class ActionScale:
    """Maps actions between the policy's [-1, 1] and the robot's units, linearly."""

    def __init__(self, spec: RobotSpec) -> None:
        self._low, self._high = spec.action_low, spec.action_high
        self._center = (spec.action_high + spec.action_low) / 2
        self._half = (spec.action_high - spec.action_low) / 2

    def to_robot(self, action: FloatArray, out: FloatArray) -> FloatArray:
        """Scale an action (action_dim,) from [-1, 1] to the robot's units, into `out`.

        Rounding takes none beyond the robot's bounds.
        """
        np.multiply(action, self._half, out=out)
        out += self._center
        np.maximum(out, self._low, out=out)
        np.minimum(out, self._high, out=out)
        return out

    def to_policy(self, action: FloatArray, out: FloatArray) -> FloatArray:
        """Scale an action (action_dim,) from the robot's units to [-1, 1], into `out`."""
        np.subtract(action, self._center, out=out)
        out /= self._half
        return out
