# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor's own process, with every tick recorded from the moment at which the learner trains.

Started as actor_node is, with TICKS, the number to record, and TICKS_FILE in the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
import sys
import time
from typing import Any

import numpy as np
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from sac_actor import actor_node
from sac_actor.loop_thread import LoopThread
from sac_core.ros import names, qos
from sac_core.timing import Samples
from sac_interfaces.msg import LearnerStatus


class StampedSamples(Samples):
    """Samples that are also kept whole, each with its time."""

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self.times_ns = np.zeros(capacity, np.int64)
        self.values = np.zeros(capacity)
        self.count = 0
        self.active = False

    def add(self, value: float) -> None:
        """Note a sample."""
        super().add(value)
        if self.active and self.count < len(self.values):
            self.times_ns[self.count] = time.monotonic_ns()
            self.values[self.count] = value
            self.count += 1


class RecordedActorNode(actor_node.ActorNode):
    """Ends when the asked number of ticks is recorded, and writes them to a file."""

    def __init__(self, **node_options: Any) -> None:
        super().__init__(**node_options)
        ticks = int(os.environ['TICKS'])
        self._lateness, self._latency = StampedSamples(ticks), StampedSamples(ticks)
        self._missed_before = 0
        self._updates: list[tuple[int, int]] = []  # [ns, monotonic], of the critics so far
        self._thread: LoopThread | None = None
        self.create_subscription(
            LearnerStatus, names.LEARNER_STATUS, self._on_learner_status, qos.qos_profile_status
        )

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Put the records in place, before the loop begins."""
        assert self._actor is not None
        self._thread = self._actor.loop_thread
        self._thread.lateness, self._thread.latency = self._lateness, self._latency
        return super().on_activate(state)

    def _on_learner_status(self, message: LearnerStatus) -> None:
        self._updates.append((time.monotonic_ns(), message.critic_updates))
        if (
            message.state == LearnerStatus.STATE_TRAINING
            and self._thread
            and not self._lateness.active
        ):
            self._missed_before = self._thread.overruns
            self._lateness.active = self._latency.active = True
            self.get_logger().info('recording')

    def wants_to_end(self) -> bool:
        """Return whether enough is recorded."""
        return self._lateness.count == len(self._lateness.values) or super().wants_to_end()

    def close(self) -> None:
        """Write the record: times [ns, monotonic], lateness and latency [s], ticks missed.

        And for each status of the learner its time and the updates of the critics so far.
        """
        super().close()
        assert self._thread is not None
        late, latency = self._lateness, self._latency
        np.savez(
            Path(os.environ['TICKS_FILE']),
            times_ns=late.times_ns[: late.count],
            lateness=late.values[: late.count],
            latency_times_ns=latency.times_ns[: latency.count],
            latency=latency.values[: latency.count],
            missed=self._thread.overruns - self._missed_before,
            updates=np.array(self._updates, np.int64).reshape(-1, 2),
        )


if __name__ == '__main__':
    sys.exit(actor_node.run(RecordedActorNode))
