# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The gripper: slow motions, one at a time, that end by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from panda_sim.arm import Hand
from panda_sim.model import TIMESTEP
from sac_core.physics import mujoco

_STILL = 0.002  # m/s of the width
_SETTLED_TICKS = 50  # still for so long: arrived or blocked
_TOLERANCE = 0.002  # m of the width: a move has arrived


@dataclass
class GripperMotion:
    """A motion under way or ended. :param error: why it failed, empty if it did not"""

    target: float
    kind: Literal['move', 'grasp', 'homing']
    epsilon: tuple[float, float] = (0.005, 0.005)
    is_done: bool = False
    succeeded: bool = False
    error: str = ''


class Gripper:
    """Moves both fingers together; all lengths are the width between them (m)."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, hand: Hand) -> None:
        self._model, self._data, self._hand = model, data, hand
        self._motion: GripperMotion | None = None
        self._speed = 0.0
        self._goal = 0.0
        self._still_ticks = 0
        self._opens_after = False

    @property
    def width(self) -> float:
        return float(self._data.qpos[7] + self._data.qpos[8])

    @property
    def max_width(self) -> float:
        return 2.0 * self._hand.finger_travel

    def place(self, width: float) -> None:
        """Put the fingers there at once and hold them."""
        self._data.qpos[7:9] = self._data.ctrl[7:9] = width / 2
        self._data.qvel[7:9] = 0.0
        self._goal = width
        self._motion = None

    def move(self, width: float, speed: float) -> GripperMotion:
        """Open or close to a width."""
        return self._begin(GripperMotion(width, 'move'), speed, self._hand.finger_force)

    def grasp(
        self, width: float, speed: float, force: float, epsilon: tuple[float, float]
    ) -> GripperMotion:
        """Close to a width with a force (N); succeeds if something of that width is held.

        :param epsilon: how much narrower and wider it may be (m)
        """
        return self._begin(GripperMotion(width, 'grasp', epsilon), speed, force)

    def homing(self) -> GripperMotion:
        """Close and open fully, which finds the fingers' end positions."""
        motion = self._begin(GripperMotion(0.0, 'homing'), 0.1, self._hand.finger_force)
        self._opens_after = not motion.is_done
        return motion

    def stop(self) -> None:
        """End the motion where it is."""
        if self._motion:
            self._end(succeeded=False, error='stopped')
        self._goal = self.width

    def tick(self) -> None:
        """Advance the motion by one tick."""
        motion = self._motion
        if motion is None:
            return
        control = self._data.ctrl
        way = self._speed * TIMESTEP
        command = 2.0 * control[7]
        command += min(max(self._goal - command, -way), way)
        control[7:9] = command / 2
        is_still = command == self._goal and abs(self._data.qvel[7] + self._data.qvel[8]) < _STILL
        self._still_ticks = self._still_ticks + 1 if is_still else 0
        if self._still_ticks >= _SETTLED_TICKS:
            self._settled(motion)

    def _begin(self, motion: GripperMotion, speed: float, force: float) -> GripperMotion:
        if self._motion:
            self._end(succeeded=False, error='another command came')
        if not 0.0 <= motion.target <= self.max_width:
            motion.error = f'width must be in [0, {self.max_width:g}], got {motion.target:g}'
        elif not (speed > 0.0 and force > 0.0):
            motion.error = f'speed and force must be positive, got {speed:g} and {force:g}'
        if motion.error:
            motion.is_done = True
            return motion
        self._motion, self._goal = motion, motion.target
        self._speed = min(speed, 2.0 * self._hand.finger_speed)
        self._still_ticks, self._opens_after = 0, False
        largest = min(force, self._hand.finger_force)
        self._model.actuator_forcerange[7:9] = (-largest, largest)
        return motion

    def _settled(self, motion: GripperMotion) -> None:
        if self._opens_after:
            self._opens_after, self._goal = False, self.max_width
            self._still_ticks = 0
            return
        off = self.width - self._goal
        if motion.kind == 'grasp':
            inner, outer = motion.epsilon
            self._end(succeeded=-inner <= off <= outer)
        else:
            self._end(succeeded=abs(off) <= _TOLERANCE)

    def _end(self, *, succeeded: bool, error: str = '') -> None:
        motion, self._motion = self._motion, None
        if motion:
            motion.is_done, motion.succeeded, motion.error = True, succeeded, error
