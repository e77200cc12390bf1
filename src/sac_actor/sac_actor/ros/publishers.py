# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the actor says: commands, transitions, episodes, its status.

Two threads send, because the middleware may keep a message for a third of a second: the control
thread must not wait for that, nor the executor's, which takes in the observations.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import partial

from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.serialization import serialize_message
from sac_actor.decision import Decision
from sac_actor.episode_record import EpisodeSummary
from sac_core.diagnostics import Level, Status
from sac_core.ros import names, qos
from sac_core.ros.conversions import batch_to_message, fill, to_floats
from sac_core.ros.workarounds.publishing import NoGilPublisher
from sac_core.sender_thread import SenderThread
from sac_core.transitions import TransitionBatch
from sac_interfaces import msg

_MOST_REPORTS = 1000  # that wait to be sent, batches of transitions among them


class ActorPublishers:
    """Writes the core's own types into messages and publishes them.

    :param run_id: of the node
    :param session: of the actor, > 0
    """

    def __init__(self, node: Node, *, run_id: int, session: int) -> None:
        self._run_id = run_id
        self._now = node.get_clock().now
        self._actor = node.get_fully_qualified_name()
        self._session = session
        self._message = msg.Command(run_id=run_id, actor_session=session)
        # Only the newest command counts: the loop repeats what is not answered.
        self._urgent = SenderThread('commands', depth=1)
        self.reports = SenderThread('reports', depth=_MOST_REPORTS)
        self._commands = NoGilPublisher(node, msg.Command, names.COMMAND, qos.qos_profile_command)
        advertise = partial(NoGilPublisher, node, sender=self.reports)
        self._transitions = advertise(
            msg.TransitionBatch, names.TRANSITIONS, qos.qos_profile_transitions
        )
        self._episodes = advertise(msg.Episode, names.EPISODE, qos.qos_profile_episode)
        self._statuses = advertise(msg.ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status)
        self._reported = 0
        self.after_command: Callable[[], None] = lambda: None  # called when one has gone out
        self.reports.start()

    def begin_commands(self) -> None:
        """Let commands be sent by a thread that is as urgent as the calling one."""
        self._urgent.start()

    def set_action_dim(self, action_dim: int) -> None:
        """Make room for an action in the one message that serves for all commands."""
        self._message.action = array('f', bytes(4 * action_dim))

    def command(self, decision: Decision) -> None:
        """Hand over a command. Called on the control thread: no waiting, no logging."""
        command, in_reply_to = self._message, decision.in_reply_to
        command.header.stamp = self._now().to_msg()
        command.bridge_session = in_reply_to.bridge_session
        command.episode_id = in_reply_to.episode_id
        command.step = in_reply_to.step
        command.reset = decision.reset
        command.stop = decision.stop
        to_floats(command.action)[:] = decision.action
        self._urgent.put(partial(self._send_command, serialize_message(command)))

    def _send_command(self, data: bytes) -> None:
        self._commands.send(data)
        self.after_command()

    def transitions(self, batch: TransitionBatch) -> None:
        """Publish transitions."""
        stamp = self._now().to_msg()
        self._transitions.publish(batch_to_message(batch, stamp, run_id=self._run_id))

    def episode(self, episode: EpisodeSummary) -> None:
        """Publish a finished episode."""
        message = msg.Episode(run_id=self._run_id, actor=self._actor, actor_session=self._session)
        message.header.stamp = self._now().to_msg()
        fill(message, episode)
        self._episodes.publish(message)

    def blank_status(self) -> msg.ActorStatus:
        """Return a status that says whose it is and when it was measured."""
        message = msg.ActorStatus(
            run_id=self._run_id, actor=self._actor, actor_session=self._session
        )
        message.header.stamp = self._now().to_msg()
        return message

    def status(self, message: msg.ActorStatus) -> None:
        """Publish a status."""
        self._statuses.publish(message)

    @property
    def reaches_learner(self) -> bool:
        """Whether anybody listens to the transitions."""
        return self._transitions.subscription_count > 0

    @property
    def failure(self) -> str:
        """Why something is not sent any more; empty while all is well."""
        return self._urgent.failure or self.reports.failure

    def outputs(self) -> Status:
        """Describe the sending since the last call, for /diagnostics."""
        dropped = self._urgent.dropped
        new, self._reported = dropped - self._reported, dropped
        return Status(
            'outputs',
            f'{new} commands were replaced by newer ones' if new else 'all is sent at once',
            Level.WARN if new else Level.OK,
            {
                'commands_left_out': dropped,
                'command_sending_max': self._urgent.durations.take().longest,
                'report_sending_max': self.reports.durations.take().longest,
                'reports_left_out': self.reports.dropped,
            },
        )

    def close(self) -> None:
        """Send what is left, and wait a moment until the last status and episodes have arrived."""
        self._urgent.close()
        self.reports.close()
        for publisher in (self._statuses, self._episodes):
            publisher.wait_for_all_acked(Duration(seconds=1))
