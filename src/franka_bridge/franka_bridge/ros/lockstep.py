# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Steps of a twin in lockstep: its time goes on by one step after each target, and waits else."""

from __future__ import annotations

from collections.abc import Callable
import time

from builtin_interfaces.msg import Time
from franka_bridge.arm_runner import ArmRunner
from franka_bridge.config import FrankaBridgeSettings
from franka_bridge.driver_state import DriverState, JOINTS
from franka_bridge.ros.target_topic import TargetTopic
from franka_bridge.target import Target
from rclpy.node import Node
from sac_core.ros.timers import create_timer
from std_msgs.msg import UInt64

ADVANCE = 'panda_sim/advance'
_REPEAT_PERIOD = 0.1  # [s]
_PATIENCE = 0.5  # [s] after which a state that does not come is asked for again


class LockstepSteps:
    """Sends each target with the twin's time, and then the step up to which the twin shall go."""

    def __init__(
        self,
        node: Node,
        settings: FrankaBridgeSettings,
        *,
        targets: TargetTopic,
        state: DriverState,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._duration = settings.step_duration
        self._targets = targets
        self._state = state
        self._clock = clock
        self._runner: ArmRunner | None = None
        self._step = -1  # of the twin; -1: not known yet
        self._target: Target | None = None  # sent, while the twin's state after it is awaited
        self._asked = 0.0  # monotonic [s]
        self._advance = node.create_publisher(UInt64, ADVANCE, 10)
        create_timer(node, _REPEAT_PERIOD, self.look)

    def drive(self, runner: ArmRunner) -> None:
        """Begin to look, and to end steps."""
        self._runner = runner

    def send(self, target: Target) -> None:
        """Send a target and let the twin go one step further."""
        self._target = target
        self._targets.send(target, self._stamp(self._step))
        self._step += 1
        self._ask()

    def hold(self, target: Target | None) -> None:
        """Leave the twin alone: its time stands still, and so does its arm."""
        self._target = None

    def on_news(self) -> None:
        """See whether all that is awaited has come."""
        runner, state = self._runner, self._state
        if runner is None or state.missing:
            return
        if self._step < 0:
            self._step = round(state.arrivals[JOINTS].stamp / self._duration)
        if not state.has_stamp(self._step * self._duration, state.parts):
            return
        now = self._clock()
        is_new, self._target = self._target is not None, None
        runner.look(now)
        if is_new and runner.moves:
            runner.step_over(now)

    def look(self) -> None:
        """Ask for the state again: it may be lost, or have changed while the time stood still."""
        runner = self._runner
        if runner is None:
            return
        now = self._clock()
        if self._target is not None and now - self._asked >= _PATIENCE:
            self._targets.send(self._target, self._stamp(self._step - 1))
            self._ask()
        elif self._target is None and (runner.is_held or now - self._asked >= _PATIENCE):
            self._ask()
        if self._target is None:
            runner.look(now)

    def _ask(self) -> None:
        self._asked = self._clock()
        self._advance.publish(UInt64(data=max(0, self._step)))

    def _stamp(self, step: int) -> Time:
        nanoseconds = round(step * self._duration * 1e9)
        return Time(sec=nanoseconds // 10**9, nanosec=nanoseconds % 10**9)
