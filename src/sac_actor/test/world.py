# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The robot's side and the learner's side of an actor's topics, on real ROS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from sac_actor.actor_node import ActorNode
from sac_actor.decision import Decision
from sac_core.ros import names, qos
from sac_core.ros.conversions import (
    robot_spec_to_message,
    to_array,
    to_floats,
)
from sac_core.ros.policy_messages import weights_to_messages
from sac_core.ros.testing import Spinner
from sac_core.spaces import RobotSpec
from sac_core.time_step import TimeStep
from sac_core.weights import PolicyWeights
from sac_interfaces import msg

from .fakes import FakeRobot, make_spec

LEARNER_SESSION = 99


class World:
    """The robot's side and the learner's side of an actor's topics."""

    def __init__(self, spinner: Spinner) -> None:
        self.spinner = spinner
        self.robot = FakeRobot(episode_length=20)
        self.acknowledging = True
        self.learner_session = LEARNER_SESSION
        self.node = spinner.node('world')
        node = self.node
        self.stamp = node.get_clock().now().to_msg
        self.specs = node.create_publisher(msg.EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec)
        self.observations = node.create_publisher(
            msg.Observation, names.OBSERVATION, qos.qos_profile_observation
        )
        self.weights = node.create_publisher(
            msg.PolicyWeights, names.POLICY_WEIGHTS, qos.qos_profile_policy_weights
        )
        self.acks = node.create_publisher(
            msg.TransitionAck, names.TRANSITION_ACK, qos.qos_profile_transition_ack
        )
        self.batches: list[msg.TransitionBatch] = []
        self._commands = node.create_subscription(
            msg.Command, names.COMMAND, self._on_command, qos.qos_profile_command
        )
        node.create_subscription(
            msg.TransitionBatch, names.TRANSITIONS, self._on_batch, qos.qos_profile_transitions
        )
        collect = spinner.collect
        self.statuses: list[msg.ActorStatus] = collect(
            node, msg.ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status
        )
        self.episodes: list[msg.Episode] = collect(
            node, msg.Episode, names.EPISODE, qos.qos_profile_episode
        )
        self.commands: list[msg.Command] = []
        node.create_timer(0.2, self._heartbeat)
        self.robot_is_there = False
        self.is_mute = False  # the robot is there, and says nothing

    def diagnose(self, name: str) -> Callable[[], dict[str, str]]:
        """Listen to /diagnostics; the function gives the newest values of a status.

        :param name: 'NODE: PART'; the values have its level and message among them
        """
        arrays: list[DiagnosticArray] = self.spinner.collect(
            self.node, DiagnosticArray, names.DIAGNOSTICS, 100
        )

        def newest() -> dict[str, str]:
            found = [each for array in arrays for each in array.status if each.name == name]
            if not found:
                return {}
            last = found[-1]
            values = {pair.key: pair.value for pair in last.values}
            return {'level': str(last.level[0]), 'message': last.message, **values}

        return newest

    @property
    def status(self) -> msg.ActorStatus:
        """The newest one, blank before the first."""
        return self.statuses[-1] if self.statuses else msg.ActorStatus()

    def publish_robot(self, spec: RobotSpec | None = None) -> None:
        described = replace(spec or make_spec(), bridge_session=self.robot.session)
        self.specs.publish(robot_spec_to_message(described, self.stamp()))
        self.robot_is_there = True

    def publish_weights(self, weights: PolicyWeights, *, session: int = LEARNER_SESSION) -> None:
        self.learner_session = session
        for piece in weights_to_messages(
            weights, learner_session=session, stamp=self.stamp(), pieces=3
        ):
            self.weights.publish(piece)

    def to_message(self, observed: TimeStep) -> msg.Observation:
        return msg.Observation(
            bridge_session=observed.bridge_session,
            episode_id=observed.episode_id,
            step=observed.step,
            observation=to_array(observed.observation),
            reward=observed.reward,
            terminated=observed.terminated,
            truncated=observed.truncated,
            success=observed.success,
        )

    def _heartbeat(self) -> None:
        if self.robot_is_there:
            self.robot.outbox.append(self.robot.newest)
            self._publish_observations()

    def _publish_observations(self) -> None:
        if self.is_mute:
            self.robot.outbox.clear()
        while self.robot.outbox:
            self.observations.publish(self.to_message(self.robot.outbox.popleft()))

    def _on_command(self, command: msg.Command) -> None:
        self.commands.append(command)
        answered = replace(
            self.robot.newest,
            bridge_session=command.bridge_session,
            episode_id=command.episode_id,
            step=command.step,
        )
        action = to_floats(command.action)
        decision = Decision(answered, action, reset=command.reset, stop=command.stop)
        self.robot.command(decision)
        self._publish_observations()

    def _on_batch(self, batch: msg.TransitionBatch) -> None:
        self.batches.append(batch)
        if self.acknowledging:
            self.acknowledge(batch.actor_session, batch.first_sequence + batch.count)

    def acknowledge(
        self,
        actor_session: int,
        sequence: int,
        *,
        session: int | None = None,
        version: int = 0,
    ) -> None:
        """Speak as a learner; by default as the one that published weights last."""
        self.acks.publish(
            msg.TransitionAck(
                learner_session=self.learner_session if session is None else session,
                actor_session=actor_session,
                next_sequence=sequence,
                trained_sequence=sequence,
                policy_version=version,
            )
        )

    @property
    def sequences(self) -> list[int]:
        return [
            number
            for batch in self.batches
            for number in range(batch.first_sequence, batch.first_sequence + batch.count)
        ]

    @property
    def rows(self) -> dict[int, set[int]]:
        """Sequence numbers that came from each actor session."""
        rows: dict[int, set[int]] = {}
        for batch in self.batches:
            numbers = range(batch.first_sequence, batch.first_sequence + batch.count)
            rows.setdefault(batch.actor_session, set()).update(numbers)
        return rows

    def until(self, condition: Callable[[], Any], timeout: float = 20.0) -> Any:
        return self.spinner.until(condition, timeout)

    def next_status(self) -> msg.ActorStatus:
        """A status made after this call."""
        count = len(self.statuses)
        self.until(lambda: len(self.statuses) > count + 1)
        return self.status


def run_to_end(world: World, node: ActorNode) -> None:
    """End a node as its process would."""
    node.begin_end('SIGINT')
    world.until(node.has_ended)
    node.close()
