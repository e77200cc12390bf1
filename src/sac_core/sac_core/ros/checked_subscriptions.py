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
from sac_core.ros.checks import check_message
from sac_core.ros.misfits import find_misfit
from sac_core.ros.workarounds import batched_subscription

_LOG_PERIOD = 5.0  # [s] between two lines about refused messages
_LONGEST_REASON = 300  # characters: it may quote what came


class CheckedSubscriptions:
    """The subscriptions of a node. A callback refuses a message by raising ValueError."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._logger = node.get_logger()
        self._reported = 0
        self._silent_until: dict[str, float] = {}  # by topic [s, monotonic]
        self._looks: dict[str, Callable[[], str]] = {}  # by topic: who cannot be heard there
        self.refused: dict[str, int] = {}  # by topic
        self._heard: set[str] = set()  # topics from which something came since the last status
        self.misfits: dict[str, str] = {}  # by topic: publishers that cannot be heard, see status

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
        self._looks[topic] = lambda: find_misfit(self._node, message_type, topic, profile)

        def take(message: Any) -> None:
            self._heard.add(topic)
            self.take(topic, message, callback)

        return batched_subscription.subscribe(
            self._node, message_type, topic, take, profile, **options
        )

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
        """Describe the time since the last call, for /diagnostics; look for misfits."""
        self._find_misfits()
        total = sum(self.refused.values())
        new, self._reported = total - self._reported, total
        faults = [f'{new} messages refused'] * bool(new) + list(self.misfits.values())
        return Status(
            'inputs',
            '; '.join(faults) or 'all that comes is used',
            Level.WARN if faults else Level.OK,
            {f'refused_{topic}': count for topic, count in self.refused.items()},
        )

    def _find_misfits(self) -> None:
        silent = self._looks.keys() - self._heard  # a look takes 0.2 ms: not at the others
        self._heard.clear()
        found = {topic: self._looks[topic]() for topic in sorted(silent)}
        self.misfits = {topic: misfit for topic, misfit in found.items() if misfit}
        now = time.monotonic()
        for misfit in self.misfits.values():
            if now >= self._silent_until.get(misfit, 0.0):
                self._silent_until[misfit] = now + _LOG_PERIOD
                self._logger.error(misfit)
