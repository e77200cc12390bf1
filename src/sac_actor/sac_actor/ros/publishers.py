# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the actor says: commands, transitions, episodes, its status."""

from __future__ import annotations

from array import array

from rclpy.duration import Duration
from rclpy.node import Node
from sac_actor.decision import Decision
from sac_actor.episode_record import EpisodeSummary
from sac_core.ros import names, qos
from sac_core.ros.conversions import batch_to_message, fill, to_floats
from sac_core.transitions import TransitionBatch
from sac_interfaces import msg


class ActorPublishers:
    """Writes the core's own types into messages and publishes them.

    :param session: of the actor, > 0
    """

    def __init__(self, node: Node, *, session: int) -> None:
        self._now = node.get_clock().now
        self._actor = node.get_fully_qualified_name()
        self._session = session
        self._message = msg.Command(actor_session=session)
        advertise = node.create_publisher
        self._commands = advertise(msg.Command, names.COMMAND, qos.qos_profile_command)
        self._transitions = advertise(
            msg.TransitionBatch, names.TRANSITIONS, qos.qos_profile_transitions
        )
        self._episodes = advertise(msg.Episode, names.EPISODE, qos.qos_profile_episode)
        self._statuses = advertise(msg.ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status)

    def set_action_dim(self, action_dim: int) -> None:
        """Make room for an action in the one message that serves for all commands."""
        self._message.action = array('f', bytes(4 * action_dim))

    def command(self, decision: Decision) -> None:
        """Publish a command. Called on the control thread: no waiting, no logging."""
        command, answers = self._message, decision.answers
        command.header.stamp = self._now().to_msg()
        command.bridge_session = answers.bridge_session
        command.episode_id = answers.episode_id
        command.step = answers.step
        command.reset = decision.reset
        command.stop = decision.stop
        to_floats(command.action)[:] = decision.action
        self._commands.publish(command)

    def transitions(self, batch: TransitionBatch) -> None:
        """Publish transitions."""
        self._transitions.publish(batch_to_message(batch, self._now().to_msg()))

    def episode(self, episode: EpisodeSummary, *, deterministic: bool) -> None:
        """Publish a finished episode.

        :param deterministic: whether all episodes are driven by the mean action
        """
        message = msg.Episode(actor=self._actor, actor_session=self._session)
        message.header.stamp = self._now().to_msg()
        message.deterministic = deterministic or episode.evaluation
        fill(message, episode)
        self._episodes.publish(message)

    def blank_status(self) -> msg.ActorStatus:
        """Return a status that says whose it is and when it was measured."""
        message = msg.ActorStatus(actor=self._actor, actor_session=self._session)
        message.header.stamp = self._now().to_msg()
        return message

    def status(self, message: msg.ActorStatus) -> None:
        """Publish a status."""
        self._statuses.publish(message)

    @property
    def reaches_learner(self) -> bool:
        """Whether anybody listens to the transitions."""
        return bool(self._transitions.get_subscription_count() > 0)

    def wait_until_delivered(self) -> None:
        """Wait a moment until the last status and episodes have arrived."""
        for publisher in (self._statuses, self._episodes):
            publisher.wait_for_all_acked(Duration(seconds=1))
