# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The numbers of an arm, read from the YAML files beside this package's code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
import yaml

Vector = NDArray[np.float64]

ROBOT_TYPES = ('fr3', 'fer')
READY = np.array([0.0, -np.pi / 4, 0.0, -3 * np.pi / 4, 0.0, np.pi / 2, np.pi / 4])  # rad
_NUMBERS = Path(__file__).with_name('numbers')


@dataclass(frozen=True)
class Link:
    """:param inertia: about the center of mass: xx, yy, zz, xy, xz, yz (kg m^2)"""

    mass: float
    center: tuple[float, ...]
    inertia: tuple[float, ...]


@dataclass(frozen=True)
class Shape:
    """A capsule. :param length: of its straight part (m)"""

    link: int
    along: str
    length: float
    radius: float
    center: tuple[float, ...]


@dataclass(frozen=True)
class NearLimits:
    """How the velocity that is allowed falls to zero near the ends of the joints, each (7,)."""

    offset: Vector
    slope: Vector
    lower: Vector
    upper: Vector


@dataclass(frozen=True)
class Hand:
    """The gripper; meters, rad, newtons."""

    yaw: float
    tcp: tuple[float, ...]
    finger: tuple[float, ...]
    finger_travel: float
    finger_speed: float
    finger_force: float
    finger_damping: float
    hand_link: Link
    finger_link: Link


@dataclass(frozen=True)
class Arm:
    """
    One arm with its hand: (7,) per joint in rad, s and Nm; lengths in m.

    :param prefix: of the names of its joints and links, before robot_type
    :param joints: position in the parent and roll of each joint
    :param tcp_velocity: limits of speed (m/s) and angular speed (rad/s)
    """

    robot_type: str
    prefix: str
    joints: tuple[tuple[tuple[float, ...], float], ...]
    flange: tuple[float, ...]
    position_lower: Vector
    position_upper: Vector
    velocity: Vector
    velocity_near_limits: NearLimits | None
    acceleration: Vector
    torque: Vector
    torque_rate: Vector
    tcp_velocity: Vector
    tcp_acceleration: Vector
    damping: Vector
    friction: Vector
    links: tuple[Link, ...]
    shapes: tuple[Shape, ...]
    hand: Hand

    @property
    def name(self) -> str:
        """:return: what the names of joints and links begin with"""
        return f'{self.prefix}{self.robot_type}'

    @property
    def joint_names(self) -> list[str]:
        return [f'{self.name}_joint{number}' for number in range(1, 8)]

    @property
    def finger_names(self) -> list[str]:
        return [f'{self.name}_finger_joint{number}' for number in (1, 2)]


def load_arm(robot_type: str, prefix: str = '') -> Arm:
    """
    Read the numbers of an arm and its hand.

    :raises ValueError: if there is no such arm
    """
    if robot_type not in ROBOT_TYPES:
        raise ValueError(f'robot_type must be one of {", ".join(ROBOT_TYPES)}, got {robot_type!r}')
    numbers = _read(robot_type)
    joints = numbers.pop('joints')
    links = numbers.pop('links')
    near_limits = numbers.pop('velocity_near_limits', None)
    flange = numbers.pop('flange')
    return Arm(
        robot_type=robot_type,
        prefix=prefix,
        joints=tuple((tuple(joint['xyz']), float(joint['roll'])) for joint in joints),
        flange=tuple(flange),
        velocity_near_limits=NearLimits(**_arrays(near_limits)) if near_limits else None,
        links=tuple(_link(link) for link in links),
        shapes=tuple(Shape(**shape) for shape in _read('shapes')),
        hand=_hand(_read('hand')),
        **_arrays(numbers),
    )


def _hand(numbers: dict[str, Any]) -> Hand:
    hand_link, finger_link = _link(numbers.pop('hand_link')), _link(numbers.pop('finger_link'))
    return Hand(**numbers, hand_link=hand_link, finger_link=finger_link)


def _link(numbers: dict[str, Any]) -> Link:
    return Link(numbers['mass'], tuple(numbers['center']), tuple(numbers['inertia']))


def _arrays(numbers: dict[str, Any]) -> dict[str, Vector]:
    return {name: np.array(values, dtype=np.float64) for name, values in numbers.items()}


def _read(name: str) -> Any:
    return yaml.safe_load((_NUMBERS / f'{name}.yaml').read_text())
