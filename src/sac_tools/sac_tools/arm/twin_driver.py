# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The driver of a twin, asked directly: what the bridge hears and asks for by topics and services.

A fault silences the broadcasters here, too, so that an episode ends and recovers as in a run.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from franka_bridge.arm_state import Vector
from franka_bridge.base import BaseFrame
from franka_bridge.driver_state import (
    DriverState,
    GRIPPER,
    JOINTS,
    POSE,
    ROBOT,
    RobotReport,
    WRENCH,
)
import numpy as np
from panda_sim.state import TwinState
from panda_sim.twin import Twin


@dataclass(frozen=True)
class Answered:
    """A request that was answered at once."""

    refusal: str

    def outcome(self) -> str | None:
        """Return why it failed, empty where it did not."""
        return self.refusal


class TwinDriver:
    """Fills a `DriverState` from a twin, and does what a recovery asks for.

    :param controller: that takes the targets
    :param broadcasters: without which nothing is heard of the arm
    :param has_gripper: whether the width of the hand is heard
    :param base: of the arm
    """

    def __init__(
        self,
        twin: Twin,
        *,
        controller: str,
        broadcasters: Sequence[str],
        has_gripper: bool,
        base: BaseFrame,
    ) -> None:
        self._twin = twin
        self._controller = controller
        self._broadcasters = broadcasters
        parts = [JOINTS, POSE, WRENCH, ROBOT]
        self.state = DriverState([*parts, GRIPPER] if has_gripper else parts, base)

    def listen(self, now: float) -> None:
        """Take in what the twin says.

        :param now: monotonic [s]
        """
        loaded = self._twin.manager.controllers
        self.state.controllers = {
            name: 'active' if each.is_active else 'inactive' for name, each in loaded.items()
        }
        if not all(self._twin.manager.is_active(name) for name in self._broadcasters):
            return
        heard = self._twin.state()
        self.state.robot = RobotReport(
            mode=heard.robot_mode,
            errors=heard.current_errors,
            last_errors=heard.last_motion_errors,
            success_rate=heard.success_rate,
        )
        for part, values in _parts(heard).items():
            if part in self.state.parts:
                self.state.put(part, *values, time=now, stamp=heard.time)

    def clear_error(self) -> Answered:
        return Answered(self._twin.recover() or '')

    def activate_hardware(self) -> Answered:
        return Answered(self._twin.set_hardware('active') or '')

    def activate_broadcasters(self) -> Answered:
        return self._activate(self._broadcasters)

    def activate_controller(self) -> Answered:
        return self._activate([self._controller])

    def last_errors(self) -> Collection[str]:
        return () if self.state.robot is None else self.state.robot.last_errors

    def _activate(self, names: Sequence[str]) -> Answered:
        manager = self._twin.manager
        missing = [name for name in names if not manager.is_active(name)]
        return Answered(manager.switch(missing, []) or '')


def _parts(heard: TwinState) -> dict[str, tuple[Vector, ...]]:
    return {
        JOINTS: (heard.joint_positions, heard.joint_velocities, heard.joint_torques),
        POSE: (heard.tcp_position, heard.tcp_orientation),
        WRENCH: (heard.wrench,),
        GRIPPER: (np.array([heard.gripper_width]),),
        ROBOT: (),
    }
