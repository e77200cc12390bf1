# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Subscriptions that refuse what they cannot use: counted, reported, dropped, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from sac_core.diagnostics import Level, Status
from sac_core.ros import taking
from sac_core.ros.checks import check_message

_LOG_PERIOD = 5.0  # [s] between two lines about refused messages
_LONGEST_REASON = 300  # characters: it may quote what came


class Inbox:
    """The subscriptions of a node. A callback refuses a message by raising ValueError."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._logger = node.get_logger()
        self._reported = 0
        self._silent_until: dict[str, float] = {}  # by topic [s, monotonic]
        self.refused: dict[str, int] = {}  # by topic

    def subscribe(
        self,
        message_type: type[Any],
        topic: str,
        callback: Callable[[Any], None],
        profile: QoSProfile,
        **options: Any,
    ) -> Subscription:
        """Subscribe; the callback gets what `check_message` has no objection to.

        :param options: see `taking.subscribe`
        """
        self.refused.setdefault(topic, 0)

        def take(message: Any) -> None:
            self.take(topic, message, callback)

        return taking.subscribe(self._node, message_type, topic, take, profile, **options)

    def take(self, topic: str, message: Any, callback: Callable[[Any], None]) -> None:
        """Hand a message to a callback, unless one of the checks refuses it."""
        try:
            check_message(message)
            callback(message)
        except ValueError as error:
            self.refuse(topic, error)

    def refuse(self, topic: str, reason: ValueError) -> None:
        """Count a message that is not used, and say why, now and then."""
        self.refused[topic] = self.refused.get(topic, 0) + 1
        now = time.monotonic()
        # The logger's own throttle looks up the caller first, which costs more than the message.
        if now < self._silent_until.get(topic, 0.0):
            return
        self._silent_until[topic] = now + _LOG_PERIOD
        text = str(reason)
        if len(text) > _LONGEST_REASON:
            text = f'{text[:_LONGEST_REASON]} ...'
        self._logger.error(f'{topic} refused: {text}')

    def status(self) -> Status:
        """Describe the time since the last call, for /diagnostics."""
        total = sum(self.refused.values())
        new, self._reported = total - self._reported, total
        return Status(
            'inputs',
            f'{new} messages refused' if new else 'all that comes is used',
            Level.WARN if new else Level.OK,
            {f'refused_{topic}': count for topic, count in self.refused.items()},
        )
