# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What every bridge publishes: its robot's description, once, and observations.

A thread of its own sends: the middleware may keep an observation for an actor that was killed, and
the bridge must bring its robot to rest in time then.
"""

from __future__ import annotations

import threading
import time

import numpy as np
from rclpy.node import Node
from sac_core.message_validation import robot_spec_from_message
from sac_core.ros import names, qos
from sac_core.ros.checked_subscriptions import CheckedSubscriptions
from sac_core.ros.conversions import robot_spec_to_message, to_floats
from sac_core.ros.run import EXIT_BAD_CONFIGURATION
from sac_core.ros.run_id import describe_process
from sac_core.ros.workarounds.publishing import NoGilPublisher
from sac_core.sender_thread import SenderThread
from sac_core.spaces import RobotSpec
from sac_core.time_step import TimeStep
from sac_interfaces.msg import EnvSpec, Observation

# An older bridge yields to no other one, whatever a message says [s].
_NEWCOMER = 15.0


class ObservationTopic:
    """Publisher of observations, and of the newest one again where nothing new comes.

    Two threads may publish: one that is busy with its robot leaves the heartbeat to the other.

    Two robots on one topic would be driven by turns. A bridge that starts where another one
    speaks fails; the other one continues.

    :param inbox: of the node
    :param run_id: of the node
    """

    def __init__(
        self, node: Node, spec: RobotSpec, inbox: CheckedSubscriptions, *, run_id: int
    ) -> None:
        self._node = node
        self._started = time.monotonic()
        self._rival = ''  # why this bridge must not speak
        # One message for all observations: it always holds the newest one that was sent.
        self._message = Observation(bridge_session=spec.bridge_session)
        self._message.observation.extend([0.0] * spec.observation_dim)
        self._values = to_floats(self._message.observation)
        self._sent: TimeStep | None = None
        self._sent_since_heartbeat = False
        self._lock = threading.Lock()  # of the message
        profile = qos.qos_profile_observation
        self.sender = SenderThread('observations', depth=profile.depth)
        self.sender.start()
        self.publisher = NoGilPublisher(
            node, Observation, names.OBSERVATION, profile, sender=self.sender
        )
        self._specs = node.create_publisher(EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec)
        self._own = robot_spec_to_message(spec, node.get_clock().now().to_msg(), run_id=run_id)
        self._own.observation_topic = node.resolve_topic_name(names.OBSERVATION)
        self._own.process = describe_process(node)
        self._specs.publish(self._own)
        inbox.subscribe(EnvSpec, names.ENV_SPEC, self._on_env_spec, qos.qos_profile_env_spec)

    def publish(self, observed: TimeStep) -> None:
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
        """Why nothing is sent any more, or nothing may be; empty while all is well."""
        return self._rival or self.sender.failure

    @property
    def exit_code(self) -> int:
        """The exit code of a bridge that ends because of `failure`."""
        return EXIT_BAD_CONFIGURATION if self._rival else 1

    def _on_env_spec(self, other: EnvSpec) -> None:
        robot_spec_from_message(other)  # nonsense ends no bridge
        own = self._own
        is_rival = other.observation_topic == own.observation_topic
        if not is_rival or other.bridge_session == own.bridge_session:
            return
        who = f'{other.process or "another bridge"} (bridge_session {other.bridge_session})'
        came_second = _order(own) > _order(other)
        if came_second and time.monotonic() - self._started < _NEWCOMER:
            self._rival = (
                f'{who} speaks on {own.observation_topic} already, and two robots cannot share a'
                ' topic: end it, or give one of them another namespace or ROS_DOMAIN_ID'
            )
            return
        raise ValueError(
            f'{who} speaks on {own.observation_topic}, too: two robots cannot share a topic; end'
            ' it, or give it another namespace or ROS_DOMAIN_ID'
        )

    def close(self) -> None:
        """Send what is left."""
        self.sender.close()

    def _fill(self, observed: TimeStep) -> None:
        message = self._message
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.episode_id = observed.episode_id
        message.step = observed.step
        np.copyto(self._values, observed.observation)
        message.reward = observed.reward
        message.terminated = observed.terminated
        message.truncated = observed.truncated
        message.success = observed.success


def _order(spec: EnvSpec) -> tuple[int, int, int]:
    """Sort bridges by when they started; both sides of a pair come to the same order."""
    stamp = spec.header.stamp
    return stamp.sec, stamp.nanosec, spec.bridge_session
