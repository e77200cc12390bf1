# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Takes what has come on many topics a few times a second, instead of waking up for each message.

An executor that is woken a hundred times a second costs ten times what the messages themselves do.
The times of the messages are the middleware's, so that nothing is lost by looking late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.event_handler import QoSSubscriptionEventType, SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.subscription import Subscription
from sac_recorder.ros.topics import RecordedTopic

Take = Callable[[bytes, Mapping[str, Any]], None]  # message as bytes, and what is known of it
NoteLost = Callable[[int], None]


class Listener:
    """Subscriptions of a node that are read by `take_all` alone."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._group = _NeverByExecutor()
        self._subscriptions: list[tuple[Subscription, Take, NoteLost]] = []

    def listen(self, source: RecordedTopic, take: Take, note_lost: NoteLost) -> None:
        """Subscribe.

        :param take: called by `take_all` with each message
        :param note_lost: called by `count_lost` with a number of messages that never reached this
            process
        """
        subscription = self._node.create_subscription(
            source.message_type,
            source.name,
            take,
            source.profile,
            callback_group=self._group,
            event_callbacks=SubscriptionEventCallbacks(message_lost=lambda event: None),
            raw=True,
        )
        self._subscriptions.append((subscription, take, note_lost))

    def take_all(self) -> None:
        """Take all that has come."""
        for subscription, take, _ in self._subscriptions:
            handle, kind = subscription.handle, subscription.msg_type
            with handle:
                while (taken := handle.take_message(kind, True)) is not None:
                    take(*taken)

    def count_lost(self) -> None:
        """Count what never came since the last call."""
        for subscription, _, note_lost in self._subscriptions:
            for event in subscription.event_handlers:
                if event.event_type == QoSSubscriptionEventType.RCL_SUBSCRIPTION_MESSAGE_LOST:
                    event.add_to_wait_set(_READY)
                    event.is_ready(_READY)
                    if lost := event.take_data():
                        note_lost(max(0, lost.total_count_change))


class _NeverByExecutor(CallbackGroup):
    """Keeps subscriptions and their events out of what an executor waits for."""

    def can_execute(self, entity: Any) -> bool:
        return False

    def beginning_execution(self, entity: Any) -> bool:
        return False

    def ending_execution(self, entity: Any) -> None:
        pass


class _Ready:
    """A wait set in which everything is ready: nothing is waited for, all may be taken."""

    def add_event(self, event: Any) -> int:
        return 0

    def is_ready(self, kind: str, index: int) -> bool:
        return True


_READY = _Ready()
