# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tells the watchdogs what ROS knows, logs when they stop the robot, keeps their evidence."""

from __future__ import annotations

from pathlib import Path
import time

from rclpy.node import Node
from sac_actor.config import ActorSettings
from sac_actor.onnx_policy import OnnxModel
from sac_actor.stop_arbiter import StopArbiter
from sac_actor.watchdogs.clock_jumps import ClockWatchdog
from sac_actor.watchdogs.group import WatchdogGroup
from sac_core.ros import names, qos
from sac_core.ros.timers import create_timer
from sac_core.weights import encode_weights, PolicyWeights
from sac_interfaces import msg

_PERIOD = 0.1  # [s] between two looks


class WatchdogMonitor:
    """What the watchdogs need of the executor's thread.

    :param authority: whose stops are logged
    """

    def __init__(self, node: Node, settings: ActorSettings, stop_arbiter: StopArbiter) -> None:
        self._node = node
        self._stop_arbiter = stop_arbiter
        self._state_dir = settings.state_dir
        self._logged = ''
        self._jumps = 0  # of the system's clock that were logged
        self._overdue = ''
        self.pack: WatchdogGroup | None = None
        if not settings.checkpoint:
            node.create_subscription(
                msg.LearnerStatus, names.LEARNER_STATUS, self._on_learner, qos.qos_profile_status
            )
        create_timer(node, _PERIOD, self._look)

    def _on_learner(self, _: msg.LearnerStatus) -> None:
        if self.pack is not None:
            self.pack.learner.heard(time.monotonic_ns())

    def _look(self) -> None:
        if self.pack is None:
            return
        if self._node.count_publishers(names.OBSERVATION):
            self.pack.bridge.heard(time.monotonic_ns())
        self._log(self._stop_arbiter.watchdogs_reason)
        self._log_jumps(self.pack.clock)
        self._log_reset(self.pack.reset.fault)
        evidence, self.pack.policy.evidence = self.pack.policy.evidence, None
        if evidence is not None and self._state_dir:
            self._store(evidence)

    def _log(self, reason: str) -> None:
        if reason == self._logged:
            return
        self._logged = reason
        if reason:
            self._node.get_logger().error(f'the robot is stopped: {reason}')
        else:
            self._node.get_logger().info('the watchdogs have released the robot')

    def _log_reset(self, fault: str) -> None:
        if fault == self._overdue:
            return
        self._overdue = fault
        if fault:
            self._node.get_logger().warning(f'{fault}; the actor waits')
        else:
            self._node.get_logger().info('the robot begins an episode')

    def _log_jumps(self, clock: ClockWatchdog) -> None:
        if clock.trips > self._jumps:
            self._node.get_logger().warning(f'{clock.last_fault}; the robot continues')
        self._jumps = clock.trips

    def _store(self, weights: PolicyWeights | OnnxModel) -> None:
        if isinstance(weights, OnnxModel):
            suffix, data = 'onnx', weights.data
        else:
            suffix, data = 'safetensors', encode_weights(weights)
        path = Path(self._state_dir) / f'policy_not_finite_v{weights.version}.{suffix}'
        try:
            path.write_bytes(data)
        except OSError as error:
            self._node.get_logger().error(f'{path} cannot be written: {error}')
        else:
            self._node.get_logger().error(f'the weights that did it are kept in {path}')
