# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the actor hears of its robot and its learner: checked, counted, passed on."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node
from rclpy.time import Time
from sac_actor.actor import Actor
from sac_core.ros import names, qos
from sac_core.ros.conversions import (
    observation_from_message,
    robot_spec_from_message,
)
from sac_core.ros.policy_messages import PolicyReader, waiting_messages
from sac_core.spaces import RobotSpec
from sac_core.weights import PolicyWeights
from sac_interfaces import msg

_LOG_PERIOD = 5.0  # [s] between repeated lines of the log


class ActorInputs:
    """Keeps what an actor is built from, and hands it everything that comes later.

    :param weights: of a policy that needs no learner; None: wait for a learner's
    :param on_change: called when the robot or the policy may have become known
    :param on_misfit: takes why the actor cannot go on with the robot that it sees
    """

    def __init__(
        self,
        node: Node,
        *,
        weights: PolicyWeights | None,
        on_change: Callable[[], None],
        on_misfit: Callable[[str], None],
    ) -> None:
        self._logger = node.get_logger()
        self._now = node.get_clock().now
        self._on_change = on_change
        self._on_misfit = on_misfit
        self._robot_seen = False
        self._weights_time: Time | None = None
        self.spec: RobotSpec | None = None
        self.weights = weights
        self.actor: Actor | None = None  # gets what comes, once there is one
        self.driving = False  # whether it wants observations
        self._policies = PolicyReader()
        self.refused_observations = 0
        self.rejected_weights = 0
        subscribe = node.create_subscription
        subscribe(msg.EnvSpec, names.ENV_SPEC, self._on_env_spec, qos.qos_profile_env_spec)
        subscribe(
            msg.Observation, names.OBSERVATION, self._on_observation, qos.qos_profile_observation
        )
        if weights is None:
            weights_qos, ack_qos = qos.qos_profile_policy_weights, qos.qos_profile_transition_ack
            self._pieces = subscribe(
                msg.PolicyWeights, names.POLICY_WEIGHTS, self._on_weights, weights_qos
            )
            subscribe(msg.TransitionAck, names.TRANSITION_ACK, self._on_ack, ack_qos)

    @property
    def missing(self) -> str:
        """What must come before the actor can be built; empty where all is there."""
        if self.spec is None or not self._robot_seen:
            return f'{names.OBSERVATION} from a bridge'
        return f'{names.POLICY_WEIGHTS} from a learner' if self.weights is None else ''

    @property
    def weights_age(self) -> float:
        """Time since the newest weights were made [s], -1: none came."""
        if self._weights_time is None:
            return -1.0
        return float((self._now() - self._weights_time).nanoseconds * 1e-9)

    def refuse(self, topic: str, reason: ValueError) -> None:
        """Say why a message on a topic is not used."""
        self._logger.error(f'{topic} refused: {reason}', throttle_duration_sec=_LOG_PERIOD)

    def _on_env_spec(self, message: msg.EnvSpec) -> None:
        try:
            spec = robot_spec_from_message(message)
        except ValueError as error:
            self._on_misfit(f'{names.ENV_SPEC}: {error}')
            return
        if self.spec is None:
            self.spec = spec
            self._on_change()
        elif difference := self.spec.difference(spec):
            self._on_misfit(f'the bridge came back with another robot: {difference}')

    def _on_observation(self, message: msg.Observation) -> None:
        if self.spec is None:
            return
        try:
            observed = observation_from_message(message, self.spec)
        except ValueError as error:
            self.refused_observations += 1
            self.refuse(names.OBSERVATION, error)
            return
        if not self._robot_seen:
            self._robot_seen = True
            self._on_change()
        if self.actor is not None and self.driving:
            self.actor.observe(observed)

    def _on_weights(self, message: msg.PolicyWeights) -> None:
        self._take_piece(message)
        for each in waiting_messages(self._pieces):
            self._take_piece(each)

    def _take_piece(self, message: msg.PolicyWeights) -> None:
        try:
            weights = self._policies.read(message)
            if weights is None:
                return
            if self.actor is not None:
                self.actor.use(weights, learner_session=message.learner_session)
        except ValueError as error:
            self.rejected_weights += 1
            self.refuse(names.POLICY_WEIGHTS, error)
            return
        self.weights = weights
        self._weights_time = Time.from_msg(message.header.stamp)
        self._on_change()

    def _on_ack(self, message: msg.TransitionAck) -> None:
        if self.actor is not None:
            self.actor.acknowledge(
                actor_session=message.actor_session,
                learner_session=message.learner_session,
                next_sequence=message.next_sequence,
                trained_sequence=message.trained_sequence,
                policy_version=message.policy_version,
                received_sequence=message.received_sequence,
            )
