# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What every bridge publishes: its robot's description, once, and observations.

A thread of its own sends: the middleware may keep an observation for an actor that was killed, and
the bridge must bring its robot to rest in time then.
"""

from __future__ import annotations

import threading

import numpy as np
from rclpy.node import Node
from sac_core.observed import Observed
from sac_core.ros import names, qos
from sac_core.ros.conversions import robot_spec_to_message, to_floats
from sac_core.ros.publishing import UnlockedPublisher
from sac_core.sender_thread import SenderThread
from sac_core.spaces import RobotSpec
from sac_interfaces.msg import EnvSpec, Observation


class ObservationTopic:
    """Publisher of observations, and of the newest one again where nothing new comes.

    Two threads may publish: one that is busy with its robot leaves the heartbeat to the other.
    """

    def __init__(self, node: Node, spec: RobotSpec) -> None:
        self._node = node
        # One message for all observations: it always holds the newest one that was sent.
        self._message = Observation(bridge_session=spec.bridge_session)
        self._message.observation.extend([0.0] * spec.observation_dim)
        self._values = to_floats(self._message.observation)
        self._sent: Observed | None = None
        self._sent_since_heartbeat = False
        self._lock = threading.Lock()  # of the message
        profile = qos.qos_profile_observation
        self._sender = SenderThread('observations', depth=profile.depth)
        self._sender.start()
        self.publisher = UnlockedPublisher(
            node, Observation, names.OBSERVATION, profile, sender=self._sender
        )
        self._specs = node.create_publisher(EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec)
        self._specs.publish(robot_spec_to_message(spec, node.get_clock().now().to_msg()))

    def publish(self, observed: Observed) -> None:
        """Publish an observation; one that was sent before unchanged, with its time."""
        with self._lock:
            if observed is not self._sent:
                self._fill(observed)
                self._sent = observed
            self.publisher.publish(self._message)
            self._sent_since_heartbeat = True

    def heartbeat(self) -> None:
        """Publish what was sent last once more where nothing was sent since the last call."""
        with self._lock:
            if self._sent is not None and not self._sent_since_heartbeat:
                self.publisher.publish(self._message)
            self._sent_since_heartbeat = False

    @property
    def failure(self) -> str:
        """Why nothing is sent any more; empty while all is well."""
        return self._sender.failure

    def close(self) -> None:
        """Send what is left."""
        self._sender.close()

    def _fill(self, observed: Observed) -> None:
        message = self._message
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.episode_id = observed.episode_id
        message.step = observed.step
        np.copyto(self._values, observed.observation)
        message.reward = observed.reward
        message.terminated = observed.terminated
        message.truncated = observed.truncated
        message.success = observed.success
