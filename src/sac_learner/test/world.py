# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The robot's side and the actor's side of a learner's topics, on real ROS."""

from __future__ import annotations

from collections.abc import Callable
import threading
from typing import Any

from sac_core.ros import names, qos
from sac_core.ros.conversions import batch_to_message, robot_spec_to_message
from sac_core.ros.testing import Spinner
from sac_core.spaces import RobotSpec
from sac_interfaces import msg
from sac_learner.learner_node import LearnerNode

from .fakes import make_batch, make_spec

SMALL: dict[str, Any] = {
    'hidden_dims': [8],
    'batch_size': 8,
    'utd_ratio': 2,
    'training_starts': 20,
    'status_period': 0.05,
    'threads': 1,
    'replay_capacity': 10_000,
}


class World:
    """The robot's side and the actor's side of a learner's topics."""

    def __init__(self, spinner: Spinner) -> None:
        self.spinner = spinner
        node = self.node = spinner.node('world')
        self.stamp = node.get_clock().now().to_msg
        self.specs = node.create_publisher(msg.EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec)
        self.transitions = node.create_publisher(
            msg.TransitionBatch, names.TRANSITIONS, qos.qos_profile_transitions
        )
        self._actor_statuses = node.create_publisher(
            msg.ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status
        )
        collect = spinner.collect
        self.statuses: list[msg.LearnerStatus] = collect(
            node, msg.LearnerStatus, names.LEARNER_STATUS, qos.qos_profile_status
        )
        self.weights: list[msg.PolicyWeights] = collect(
            node, msg.PolicyWeights, names.POLICY_WEIGHTS, qos.qos_profile_policy_weights
        )
        self.acks: list[msg.TransitionAck] = collect(
            node, msg.TransitionAck, names.TRANSITION_ACK, qos.qos_profile_transition_ack
        )

    @property
    def status(self) -> msg.LearnerStatus:
        """The newest one, blank before the first."""
        return self.statuses[-1] if self.statuses else msg.LearnerStatus()

    def publish_robot(self, spec: RobotSpec | None = None) -> None:
        self.specs.publish(robot_spec_to_message(spec or make_spec(), self.stamp()))

    def send(self, first: int, count: int, **options: int) -> None:
        self.transitions.publish(self.message(first, count, **options))

    def message(self, first: int, count: int, **options: int) -> msg.TransitionBatch:
        return batch_to_message(make_batch(first, count, **options), self.stamp())

    def say(self, *, final: bool, session: int = 1) -> None:
        """Publish the status of an actor."""
        self._actor_statuses.publish(
            msg.ActorStatus(actor='/actor', actor_session=session, final=final)
        )

    def until(self, condition: Callable[[], Any], timeout: float = 30.0) -> Any:
        return self.spinner.until(condition, timeout)

    def until_ready(self) -> None:
        """Wait until the learner has built itself, hears everything and is heard."""
        self.until(
            lambda: (
                self.weights
                and self.statuses
                and self.transitions.get_subscription_count()
                and self._actor_statuses.get_subscription_count()
            )
        )

    def acknowledged(self, session: int = 1) -> int:
        numbers = [ack.next_sequence for ack in self.acks if ack.actor_session == session]
        return numbers[-1] if numbers else 0


def run_to_end(world: World, node: LearnerNode) -> msg.LearnerStatus:
    """End a node as its process would; return its final status."""
    node.begin_end('SIGINT')
    world.until(node.has_ended)
    closer = threading.Thread(target=node.close)
    closer.start()
    world.until(lambda: not closer.is_alive())
    final: msg.LearnerStatus = world.until(lambda: world.status.final and world.status)
    return final
