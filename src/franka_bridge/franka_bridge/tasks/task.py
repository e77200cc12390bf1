# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What every task says: what is observed, what an action moves, what is good, when it ends.

A task is told each state of the arm and moves nothing. An episode is `begin`, then `observe`, and
for each action `displacement`, `evaluate` and `observe`. Time limits are none of its business: who
runs it truncates after `max_episode_steps`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from franka_bridge.arm_state import ArmState, Vector
from franka_bridge.base import BaseFrame, ORIGIN
from franka_bridge.target import Target
import numpy as np
from sac_core.arrays import FloatArray
from sac_core.settings import Settings


@dataclass(frozen=True)
class ObservationField:
    """Some neighboring numbers of an observation.

    :param name: what they are, and in which frame
    :param unit: SI; empty for numbers without one
    """

    name: str
    unit: str
    size: int


@dataclass(frozen=True)
class StepResult:
    """What a step was worth.

    :param terminated: the task is at a true end, after which nothing can be won or lost
    """

    reward: float
    terminated: bool
    success: bool


class Task(ABC):
    """What the arm is to learn. Numbers of an action are in [-1, 1].

    `motion` says what `displacement` gives: 'cartesian', (6,): translation [m] and rotation
    vector [rad] of the end effector's target in the world; 'joint', (7,): of the joints'
    targets [rad].
    """

    config_class: ClassVar[type[Settings]]  # its numbers, with which it is made
    scene: ClassVar[str] = ''  # of the twin, where it needs one
    name: str
    motion: Literal['cartesian', 'joint']
    action_dim: int
    observation_layout: tuple[ObservationField, ...]
    max_episode_steps: int

    @abstractmethod
    def __init__(self, robot_type: str, numbers: Any, base: BaseFrame = ORIGIN) -> None:
        """Prepare it for an arm.

        :param robot_type: 'fr3' or 'fer'
        :param numbers: of `config_class`
        :param base: of the arm; all points of the task are in the world
        """

    @property
    def observation_dim(self) -> int:
        """Count the numbers of an observation."""
        return sum(part.size for part in self.observation_layout)

    def retreat(self, state: ArmState) -> Vector:
        """Return the joint positions (n, 7) [rad] to pass, in order, before anything else."""
        return np.empty((0, 7))

    @abstractmethod
    def reset_goal(self, rng: np.random.Generator) -> Vector:
        """Draw the joint positions (7,) [rad] in which the next episode begins."""

    @abstractmethod
    def begin(self, state: ArmState, target: Target, rng: np.random.Generator) -> None:
        """Begin an episode, with the arm where the reset brought it, and draw its goal."""

    @abstractmethod
    def observe(self, state: ArmState, target: Target) -> FloatArray:
        """Describe a state, (observation_dim,), as `observation_layout` says.

        :param target: where the controller draws the arm. It runs ahead of the arm by as much as
            its leash allows, and what the arm does next depends on it as much as on the state.
        """

    @abstractmethod
    def displacement(self, action: FloatArray) -> Vector:
        """Say by how much an action (action_dim,) moves the target after the observed state."""

    @abstractmethod
    def evaluate(self, state: ArmState, target: Target, action: FloatArray) -> StepResult:
        """Judge the state and the target to which an action has led."""
