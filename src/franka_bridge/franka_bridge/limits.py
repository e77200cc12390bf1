# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the arm may do: limits of the manufacturer, and the narrower ones of a robot that learns.

The defaults are the FR3's; config/franka_fer.yaml has the Panda's.
"""

from __future__ import annotations

from dataclasses import dataclass

from franka_bridge.arm_state import Vector
import numpy as np
from sac_core.settings import setting, Settings

JOINTS = 7


@dataclass(frozen=True)
class ArmLimits(Settings):
    """Limits of one kind of arm.

    Sources: franka_description (joint ranges), libfranka's rate_limiting.h (velocities).
    """

    joint_low: tuple[float, ...] = setting(
        (-2.7437, -1.7837, -2.9007, -3.0421, -2.8065, 0.5445, -3.0159),
        'lower ends of the joints [rad]',
    )
    joint_high: tuple[float, ...] = setting(
        (2.7437, 1.7837, 2.9007, -0.1518, 2.8065, 4.5169, 3.0159),
        'upper ends of the joints [rad]',
    )
    joint_margin: float = setting(
        0.15, 'distance from the end of a joint that targets keep [rad]', low=0.02, high=1.0
    )
    joint_velocity: tuple[float, ...] = setting(
        (2.62, 2.62, 2.62, 2.62, 5.26, 4.18, 5.26), 'limits of the joint velocities [rad/s]'
    )
    velocity_offset: tuple[float, ...] = setting(
        (0.3, 0.2, 0.2, 0.3, 0.35, 0.35, 0.35),
        'o of the limits towards the end e of a joint: sqrt(s |e - q|) - o [rad/s]',
    )
    velocity_slope: tuple[float, ...] = setting(
        (12.0, 5.17, 7.0, 8.0, 34.0, 11.0, 34.0), 's of these limits [rad/s^2]; 0: no such limit'
    )
    velocity_share: float = setting(
        0.8, 'share of the limit of a joint velocity that may be reached', low=0.05, high=1.0
    )
    box_low: tuple[float, ...] = setting(
        (0.25, -0.35, 0.05), 'lower corner of the box that targets of the tool stay in [m]'
    )
    box_high: tuple[float, ...] = setting((0.65, 0.35, 0.60), 'upper corner of that box [m]')
    max_tilt: float = setting(
        0.6, 'largest angle between the tool and straight down [rad]', low=0.01, high=3.15
    )
    max_translation: float = setting(
        0.004, 'largest way of the target along each axis in one step [m]', low=1e-4, high=0.05
    )
    max_rotation: float = setting(
        0.02, 'largest turn of the target about each axis in one step [rad]', low=1e-4, high=0.2
    )
    max_joint_step: float = setting(
        0.02, "largest way of a joint's target in one step [rad]", low=1e-4, high=0.2
    )
    leash_translation: float = setting(
        0.03, 'largest distance from the measured to the target position [m]', low=1e-3, high=0.2
    )
    leash_rotation: float = setting(
        0.15, 'largest angle from the measured to the target orientation [rad]', low=0.01, high=1.0
    )
    leash_joint: float = setting(
        0.15, 'largest distance from the measured to the target joint [rad]', low=0.01, high=1.0
    )
    reset_velocity: float = setting(
        0.6, 'largest joint velocity on the way to a start [rad/s]', low=0.01, high=2.0
    )
    reset_acceleration: float = setting(
        2.0, 'largest joint acceleration on the way to a start [rad/s^2]', low=0.05, high=7.0
    )
    stop_acceleration: float = setting(
        4.0, 'acceleration of the joints with which a hold brakes [rad/s^2]', low=0.5, high=7.0
    )
    arrival_tolerance: float = setting(
        0.1, 'largest distance of a joint from its start on arrival [rad]', low=0.005, high=0.5
    )
    arrival_timeout: float = setting(
        5.0, 'time to arrive, beyond that of the planned way [s]', low=0.1, high=60.0
    )
    max_force: float = setting(
        30.0, 'largest external force before the arm is held [N]', low=1.0, high=200.0
    )
    max_torque: float = setting(
        10.0, 'largest external torque before the arm is held [Nm]', low=0.5, high=100.0
    )
    hold_age: float = setting(
        0.03, 'age of a state that is too old to continue from: wait [s]', low=0.005, high=1.0
    )
    fault_age: float = setting(0.2, 'age of a state that is a fault [s]', low=0.01, high=5.0)
    gripper_age: float = setting(
        1.0, "age of the hand's state that is a fault; it comes at 15 Hz [s]", low=0.1, high=60.0
    )
    min_success_rate: float = setting(
        0.9, "smallest share of the robot's last 100 commands that arrived", low=0.0, high=1.0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = {'box_low': 3, 'box_high': 3}
        for name in ('joint_low', 'joint_high', 'joint_velocity', 'velocity_offset'):
            sizes[name] = JOINTS
        sizes['velocity_slope'] = JOINTS
        for name, size in sizes.items():
            if len(value := getattr(self, name)) != size:
                raise ValueError(f'{name} must hold {size} numbers, got {len(value)}')
        for what in ('joint', 'box'):
            low, high = getattr(self, f'{what}_low'), getattr(self, f'{what}_high')
            if not all(a < b for a, b in zip(low, high, strict=True)):
                raise ValueError(f'{what}_low must be below {what}_high, got {low} and {high}')
        if self.hold_age >= self.fault_age:
            raise ValueError(
                f'hold_age must be below fault_age ({self.fault_age:g}), got {self.hold_age:g}'
            )

    def joint_range(self) -> tuple[Vector, Vector]:
        """Return the lowest and highest joint targets (7,) [rad]: the ends less their margins."""
        return (
            np.array(self.joint_low) + self.joint_margin,
            np.array(self.joint_high) - self.joint_margin,
        )

    def velocity_limits(self, joint_positions: Vector) -> tuple[Vector, Vector]:
        """Return the lowest and highest velocities (7,) [rad/s] that may be reached at a place.

        :param joint_positions: (7,) [rad]
        """
        slope, offset = np.array(self.velocity_slope), np.array(self.velocity_offset)
        largest = np.array(self.joint_velocity)

        def towards(distance: Vector) -> Vector:
            falling = np.sqrt(slope * np.maximum(distance, 0.0)) - offset
            limit = np.where(slope > 0, np.clip(falling, 0.0, largest), largest)
            return np.asarray(self.velocity_share * limit)

        return (
            -towards(joint_positions - np.array(self.joint_low)),
            towards(np.array(self.joint_high) - joint_positions),
        )
