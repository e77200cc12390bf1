# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes without pause on the topics that an actor listens to.

Its arguments are what and how often: `hostile 1000` for so many malformed messages a second on
each topic, `weights 100` for the learner's newest policy so often, as if it were a new one.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
import sys
import time
from typing import Any

import rclpy
from rclpy.node import Node
from sac_core.ros import names, qos
from sac_core.ros.policy_messages import PolicyReader, weights_to_messages
from sac_core.weights import PolicyWeights
from sac_interfaces import msg
from std_msgs.msg import Bool

_FOREIGN = 12345  # a session that nobody has


def hostile_messages(node: Node) -> list[Callable[[], None]]:
    """Return one function for each topic, which publishes a message that must be refused."""
    messages: list[tuple[Any, str, Any]] = [
        (
            msg.Observation(bridge_session=_FOREIGN, observation=array('f', [float('nan')] * 17)),
            names.OBSERVATION,
            qos.qos_profile_observation,
        ),
        (msg.EnvSpec(bridge_session=_FOREIGN), names.ENV_SPEC, qos.qos_profile_env_spec),
        (
            msg.PolicyWeights(learner_session=_FOREIGN, version=1, data=array('B', bytes(1000))),
            names.POLICY_WEIGHTS,
            qos.qos_profile_policy_weights,
        ),
        (
            msg.TransitionAck(actor_session=_FOREIGN, next_sequence=2**63),
            names.TRANSITION_ACK,
            qos.qos_profile_transition_ack,
        ),
        (
            msg.Intervention(active=True, action=array('f', [float('inf')] * 6)),
            names.INTERVENTION,
            qos.qos_profile_intervention,
        ),
        (Bool(data=False), names.EMERGENCY_STOP, qos.qos_profile_emergency_stop),
    ]
    functions = []
    for message, topic, profile in messages:
        publisher = node.create_publisher(type(message), topic, profile)
        functions.append(lambda publisher=publisher, message=message: publisher.publish(message))
    return functions


class CopiedPolicies:
    """Publishes the learner's newest policy as if it were a new one, as often as it is called."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._reader = PolicyReader()
        self._policy: PolicyWeights | None = None
        self._learner_session = 0
        self._publisher = node.create_publisher(
            msg.PolicyWeights, names.POLICY_WEIGHTS, qos.qos_profile_policy_weights
        )
        node.create_subscription(
            msg.PolicyWeights, names.POLICY_WEIGHTS, self._read, qos.qos_profile_policy_weights
        )

    def _read(self, message: msg.PolicyWeights) -> None:
        policy = None if self._policy else self._reader.read(message)
        if policy is not None:
            self._policy, self._learner_session = policy, message.learner_session

    def __call__(self) -> None:
        if self._policy is None:
            return
        self._policy = replace(self._policy, version=self._policy.version + 1)
        stamp = self._node.get_clock().now().to_msg()
        for message in weights_to_messages(
            self._policy, learner_session=self._learner_session, stamp=stamp
        ):
            self._publisher.publish(message)


def main() -> None:
    """Publish until killed."""
    kind, rate = sys.argv[1], float(sys.argv[2])
    rclpy.init()
    node = Node('flood')
    functions = hostile_messages(node) if kind == 'hostile' else [CopiedPolicies(node)]
    due = time.monotonic()
    while True:
        for publish in functions:
            publish()
        due += 1 / rate
        while (left := due - time.monotonic()) > 0:
            rclpy.spin_once(node, timeout_sec=left)


if __name__ == '__main__':
    main()
