# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Subscriptions that take all that waits, since it is slow to be handed one message at a time.

The executor needs 0.15 ms of its thread for a message, what waits behind it 0.03 ms each. With
hundreds of pieces for each policy, or under a flood, that decides whether the thread keeps up, and
how long the control thread has to share the interpreter with it.

Can go when an executor of rclpy takes several messages of a subscription at once.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription

# So many of one topic, then others get their turn: what is due in between waits about 1 ms.
_MOST_AT_ONCE = 10


def subscribe(
    node: Node,
    message_type: type[Any],
    topic: str,
    callback: Callable[[Any], None],
    profile: QoSProfile,
    *,
    most_at_once: int = _MOST_AT_ONCE,
) -> Subscription:
    """Subscribe; the callback gets each message in turn, as with `Node.create_subscription`.

    :param most_at_once: messages that are taken before other work of the executor
    """

    def take(message: Any) -> None:
        callback(message)
        with subscription.handle:
            waiting = iter(lambda: subscription.handle.take_message(message_type, False), None)
            for taken in islice(waiting, most_at_once - 1):
                callback(taken[0])

    subscription = node.create_subscription(message_type, topic, take, profile)
    return subscription
