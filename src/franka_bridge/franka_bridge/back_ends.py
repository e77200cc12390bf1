# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The table of ways in which targets reach the arm: which controller, which topic, which QoS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

POSE = 'geometry_msgs/msg/PoseStamped'
JOINTS = 'sensor_msgs/msg/JointState'
TRAJECTORY = 'trajectory_msgs/msg/JointTrajectory'
_MESSAGES = (POSE, JOINTS, TRAJECTORY)
_RELIABILITIES = ('reliable', 'best_effort')
# What follows the task where nothing else is asked for.
_USUAL = {'cartesian': 'cartesian_impedance', 'joint': 'joint_impedance'}


@dataclass(frozen=True)
class BackEnd:
    """One row of the table.

    :param controller: that must be active, as the controller manager calls it
    :param topic: on which it takes targets
    :param message: type of the targets
    """

    name: str
    controller: str
    topic: str
    message: str
    is_reliable: bool
    depth: int

    @property
    def takes_poses(self) -> bool:
        """Whether it moves the tool to a pose, not the joints to positions."""
        return self.message == POSE


def read_back_ends(rows: Iterable[str], robot_type: str) -> dict[str, BackEnd]:
    """Read the rows of the table.

    :param rows: each 'name controller topic message reliability depth'
    :param robot_type: stands in for '{robot_type}' in a row
    :raises ValueError: naming the row and what is wrong with it
    """
    table = {}
    for row in rows:
        words = row.replace('{robot_type}', robot_type).split()
        if len(words) != 6:
            raise ValueError(
                'back_ends: a row must be name, controller, topic, message, reliability, depth,'
                f' got {row!r}'
            )
        name, controller, topic, message, reliability, depth = words
        if message not in _MESSAGES:
            raise ValueError(
                f'back_ends: {name}: message must be one of {_MESSAGES}, got {message}'
            )
        if reliability not in _RELIABILITIES:
            raise ValueError(
                f'back_ends: {name}: reliability must be one of {_RELIABILITIES},'
                f' got {reliability}'
            )
        if not depth.isdecimal() or int(depth) < 1:
            raise ValueError(f'back_ends: {name}: depth must be at least 1, got {depth}')
        is_reliable = reliability == 'reliable'
        table[name] = BackEnd(name, controller, topic, message, is_reliable, int(depth))
    return table


def choose_back_end(table: dict[str, BackEnd], name: str, *, motion: str) -> BackEnd:
    """Return the row for a task.

    :param name: of the row; 'auto': what suits the task
    :param motion: 'cartesian' or 'joint', as the task moves
    :raises ValueError: where there is no such row, or it does not suit the task
    """
    chosen = _USUAL[motion] if name == 'auto' else name
    if chosen not in table:
        raise ValueError(f'back_end must be one of {sorted(table)} or auto, got {chosen!r}')
    back_end = table[chosen]
    if motion == 'joint' and back_end.takes_poses:
        raise ValueError(f'back_end {chosen} takes poses, but the task moves joints')
    return back_end
