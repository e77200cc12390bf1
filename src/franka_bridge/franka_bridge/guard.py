# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Watches the arm: the first thing found wrong, the most serious first."""

from __future__ import annotations

from collections.abc import Collection

from franka_bridge.arm_state import ArmState
from franka_bridge.driver_state import DriverState, FAST_PARTS, GRIPPER, ROBOT, TOPICS
from franka_bridge.faults import Fault, fault_of_robot, Kind
from franka_bridge.limits import ArmLimits
import numpy as np

# Joints are measured with noise; at their very ends the robot stops by itself.
_RANGE_SLACK = 0.01  # [rad]


class Guard:
    """Compares what the driver says with the limits.

    :param controller: that moves the arm
    :param broadcasters: controllers that publish its state
    :param recoverable: error flags that may be cleared without a person
    :param watches_ages: false for a twin in lockstep, whose time stands still at will
    """

    def __init__(
        self,
        limits: ArmLimits,
        *,
        controller: str,
        broadcasters: Collection[str],
        recoverable: Collection[str],
        watches_ages: bool = True,
    ) -> None:
        self._limits = limits
        self._controller = controller
        self._broadcasters = broadcasters
        self._recoverable = recoverable
        self._watches_ages = watches_ages
        self._low = np.array(limits.joint_low) - _RANGE_SLACK
        self._high = np.array(limits.joint_high) + _RANGE_SLACK

    def find(self, driver: DriverState, now: float) -> Fault | None:
        """Return what is wrong.

        :param now: monotonic [s]
        """
        return (
            self._robot_fault(driver)
            or self._broadcaster_fault(driver)
            or self._age_fault(driver, now)
            or self._controller_fault(driver)
            or self._arm_fault(driver.arm)
            or self._rate_fault(driver)
        )

    def is_fresh(self, driver: DriverState, now: float) -> bool:
        """Return whether the arm's state is young enough to continue from it."""
        if not self._watches_ages:
            return True
        return all(driver.age(part, now) <= self._limits.hold_age for part in FAST_PARTS)

    def _robot_fault(self, driver: DriverState) -> Fault | None:
        robot = driver.robot
        if robot is None:
            return None
        return fault_of_robot(robot.mode, robot.errors, self._recoverable)

    def _broadcaster_fault(self, driver: DriverState) -> Fault | None:
        """Tell a driver that has stopped, and with it who publishes the state, from a slow one."""
        for name in self._broadcasters:
            if driver.controllers is not None and driver.controllers.get(name) == 'inactive':
                return Fault(Kind.STOPPED, f'{name} is inactive')
        return None

    def _age_fault(self, driver: DriverState, now: float) -> Fault | None:
        limits = self._limits
        if missing := driver.missing:
            topics = ', '.join(TOPICS[part] for part in missing)
            return Fault(Kind.STALE, f'nothing that can be used has come on {topics}')
        if not self._watches_ages:
            return None
        for part in driver.parts:
            longest = limits.gripper_age if part == GRIPPER else limits.fault_age
            if driver.age(part, now) > longest:
                arrival = driver.arrivals[part]
                if now - arrival.repeated <= longest:
                    detail = f'{TOPICS[part]} has the stamp {arrival.stamp:.3f} s again and again'
                else:
                    detail = f'{TOPICS[part]} older than {longest:g} s'
                return Fault(Kind.STALE, detail)
        return None

    def _controller_fault(self, driver: DriverState) -> Fault | None:
        if driver.controllers is not None:
            state = driver.controllers.get(self._controller)
            if state is None:
                return Fault(Kind.NO_CONTROLLER, f'{self._controller} is not loaded')
            if state != 'active':
                return Fault(Kind.CONTROLLER, f'{self._controller} is {state}')
        if driver.listeners == 0:
            return Fault(Kind.NO_CONTROLLER, f'{self._controller} does not listen')
        return None

    def _arm_fault(self, arm: ArmState) -> Fault | None:
        limits = self._limits
        if name := arm.not_finite:
            return Fault(Kind.NOT_FINITE, name)
        joints = arm.joint_positions
        beyond = (joints < self._low) | (joints > self._high)
        if beyond.any():
            index = int(np.argmax(beyond))
            return Fault(Kind.JOINT_RANGE, f'joint {index + 1} at {joints[index]:.3f} rad')
        lowest, highest = limits.velocity_limits(joints)
        speeds = arm.joint_velocities
        # At its very end no velocity is left; who moves away from there is not too fast.
        fast = (speeds < np.minimum(lowest, -0.1)) | (speeds > np.maximum(highest, 0.1))
        if fast.any():
            index = int(np.argmax(fast))
            return Fault(Kind.VELOCITY, f'joint {index + 1} at {speeds[index]:.2f} rad/s')
        force, torque = np.linalg.norm(arm.wrench[:3]), np.linalg.norm(arm.wrench[3:])
        if force > limits.max_force:
            return Fault(Kind.WRENCH, f'{force:.1f} N of {limits.max_force:g} N')
        if torque > limits.max_torque:
            return Fault(Kind.WRENCH, f'{torque:.1f} Nm of {limits.max_torque:g} Nm')
        return None

    def _rate_fault(self, driver: DriverState) -> Fault | None:
        if driver.robot is None or ROBOT not in driver.parts:
            return None
        rate = driver.robot.success_rate
        if rate < self._limits.min_success_rate:
            return Fault(Kind.SUCCESS_RATE, f'{rate:.2f} of the last 100 arrived')
        return None
