# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The newest of what the driver says, each part with the time at which it came."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
import math

from franka_bridge.arm_state import ArmState, Vector
from franka_bridge.base import BaseFrame, ORIGIN
import numpy as np

JOINTS, POSE, WRENCH, GRIPPER, ROBOT = 'joints', 'pose', 'wrench', 'gripper', 'robot state'
FAST_PARTS = (JOINTS, POSE, WRENCH)  # each step needs new ones
_BROADCASTER = 'franka_robot_state_broadcaster'
TOPICS = {
    JOINTS: 'franka/joint_states',
    POSE: f'{_BROADCASTER}/current_pose',
    WRENCH: f'{_BROADCASTER}/external_wrench_in_stiffness_frame',
    GRIPPER: 'franka_gripper/joint_states',
    ROBOT: f'{_BROADCASTER}/robot_state',
}


@dataclass
class RobotReport:
    """What FrankaRobotState says beyond the other topics.

    :param errors: names of the flags that are set
    :param last_errors: names of those that ended the last motion
    :param success_rate: share of the last 100 commands that arrived, 0 while no controller runs
    """

    mode: int
    errors: frozenset[str] = frozenset()
    last_errors: frozenset[str] = frozenset()
    success_rate: float = 1.0


@dataclass
class Arrival:
    """When a part came.

    :param time: monotonic [s]
    :param stamp: of its header [s]
    :param count: how many have come
    :param repeated: when the same stamp came once more, monotonic [s]
    """

    time: float
    stamp: float
    count: int = 1
    repeated: float = -math.inf


@dataclass
class DriverState:
    """What is known of the arm; filled by the node, part by part.

    :param parts: names of those that must be there and are watched
    :param base: of the arm, in whose frame the driver measures poses
    """

    parts: Collection[str]
    base: BaseFrame = ORIGIN
    arrivals: dict[str, Arrival] = field(default_factory=dict)
    robot: RobotReport | None = None
    controllers: dict[str, str] | None = None  # name: state, None: not to be known
    listeners: int | None = None  # to the targets, None: not counted yet
    values: dict[str, tuple[Vector, ...]] = field(default_factory=dict)
    _width: float = 0.0

    def put(self, part: str, *values: Vector, time: float, stamp: float) -> None:
        """Take in a part.

        :param values: joints: positions, velocities, torques, each (7,), torques NaN where they
            are unknown; pose: position (3,) and
            orientation (4,); wrench: (6,); gripper: width (1,)
        :param time: monotonic [s]
        :param stamp: of the message [s]
        """
        before = self.arrivals.get(part)
        if before is not None and before.stamp == stamp:
            before.repeated = time  # the same once more: it is not younger for that
            return
        self.arrivals[part] = Arrival(time, stamp, 1 if before is None else before.count + 1)
        self.values[part] = values

    @property
    def missing(self) -> list[str]:
        """Parts of which nothing has come yet."""
        return [part for part in self.parts if part not in self.arrivals]

    @property
    def arm(self) -> ArmState:
        """The arm, of the newest parts; all must have come."""
        positions, velocities, torques = self.values[JOINTS]
        position, orientation = self.base.to_world(*self.values[POSE])
        width = self.values.get(GRIPPER, (np.zeros(1),))[0]
        return ArmState(
            time=self.arrivals[JOINTS].stamp,
            joint_positions=positions,
            joint_velocities=velocities,
            joint_torques=torques,
            tcp_position=position,
            tcp_orientation=orientation,
            wrench=self.values[WRENCH][0],
            gripper_width=float(width[0]),
            base=self.base,
        )

    def age(self, part: str, now: float) -> float:
        """Return how long ago a part came [s]."""
        return now - self.arrivals[part].time

    def has_stamp(self, stamp: float, parts: Iterable[str]) -> bool:
        """Return whether parts are there that are at least as new as a stamp [s]."""
        return all(
            part in self.arrivals and self.arrivals[part].stamp > stamp - 1e-6 for part in parts
        )
