# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Steps of an arm in real time: a step ends on a timer, and the newest state is read then."""

from __future__ import annotations

from collections.abc import Callable
import time

from franka_bridge.arm_runner import ArmRunner
from franka_bridge.config import FrankaBridgeSettings
from franka_bridge.phase import Phase
from franka_bridge.ros.driver_topics import DriverTopics
from franka_bridge.ros.target_topic import TargetTopic
from franka_bridge.target import Target
from rclpy.node import Node
from sac_core.ros.timers import create_timer


class RealTimeSteps:
    """Sends targets at once; ends a step `lead` before the actor's next tick.

    :param topics: of a node without an executor
    """

    def __init__(
        self,
        node: Node,
        settings: FrankaBridgeSettings,
        *,
        targets: TargetTopic,
        topics: DriverTopics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._node = node
        self._targets = targets
        self._topics = topics
        self._clock = clock
        self._duration = settings.step_duration
        self._lead = settings.lead
        self._runner: ArmRunner | None = None
        self._due = 0.0  # when the step under way ends, monotonic [s]
        self._overdue = False  # it has ended, but the state is too old
        self._end_of_step = create_timer(node, self._duration, self._on_end_of_step)
        self._end_of_step.cancel()
        create_timer(node, settings.poll_period, self.look)

    def drive(self, runner: ArmRunner) -> None:
        """Begin to look, and to end steps."""
        self._runner = runner

    def send(self, target: Target) -> None:
        """Send a target; its step ends in a while."""
        self._publish(target)
        runner, now = self._runner, self._clock()
        assert runner is not None
        if runner.phase in (Phase.RESETTING, Phase.STOPPING):
            # An even pace, whenever the last step's end was noticed.
            self._due = max(self._due + self._duration, now + 0.5 * self._duration)
            self._due = min(self._due, now + self._duration)
        else:
            self._due = now + self._duration - self._lead
        self._overdue = False
        self._end_of_step.timer_period_ns = max(1, round((self._due - now) * 1e9))
        self._end_of_step.reset()

    def hold(self, target: Target | None) -> None:
        """Send a target that keeps the arm where it is, or none: the last one stays."""
        self._end_of_step.cancel()
        self._overdue = False
        if target is not None:
            self._publish(target)

    def look(self) -> None:
        """Read what the driver has said, and look whether anything is wrong."""
        if self._runner is None:
            return
        self._topics.take()
        self._runner.look(self._clock())
        if self._overdue and self._runner.moves:
            self._overdue = not self._runner.step_over(self._clock())

    def _on_end_of_step(self) -> None:
        self._end_of_step.cancel()
        if self._runner is None:
            return
        self._topics.take()
        self._runner.look(self._clock())
        if self._runner.moves:
            # Where it is of use, the next target may be on its way already.
            self._overdue = not self._runner.step_over(self._clock())

    def _publish(self, target: Target) -> None:
        self._targets.send(target, self._node.get_clock().now().to_msg())
