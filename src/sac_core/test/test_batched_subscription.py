# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Messages that wait: taken in order, many at once, and not at the cost of everybody else."""

from __future__ import annotations

import pytest
from rclpy.duration import Duration
from rclpy.qos import QoSProfile
from sac_core.ros.testing import Spinner
from sac_core.ros.workarounds import batched_subscription
from std_msgs.msg import UInt64

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]
DEPTH = QoSProfile(depth=100)


def test_what_waits_is_taken_in_order_and_others_get_their_turn_in_between() -> None:
    heard: list[tuple[str, int]] = []
    with Spinner() as spinner:
        talker, listener = spinner.node('talker'), spinner.node('listener')
        publishers = {}
        for topic in ('flooded', 'other'):
            publishers[topic] = talker.create_publisher(UInt64, topic, DEPTH)
            batched_subscription.subscribe(
                listener,
                UInt64,
                topic,
                lambda message, topic=topic: heard.append((topic, message.data)),
                DEPTH,
                most_at_once=10,
            )
        spinner.until(lambda: all(p.get_subscription_count() for p in publishers.values()))
        for number in range(25):
            publishers['flooded'].publish(UInt64(data=number))
        publishers['other'].publish(UInt64(data=0))
        for publisher in publishers.values():
            assert publisher.wait_for_all_acked(Duration(seconds=20))
        spinner.until(lambda: len(heard) == 26)
    flooded = [number for topic, number in heard if topic == 'flooded']
    assert flooded == list(range(25))
    assert heard.index(('other', 0)) <= 10


def test_a_callback_that_fails_leaves_what_waits_to_the_next_turn() -> None:
    heard = []

    def listen(message: UInt64) -> None:
        heard.append(message.data)
        if message.data == 1:
            raise RuntimeError('refused')

    with Spinner() as spinner:
        talker, listener = spinner.node('talker'), spinner.node('listener')
        publisher = talker.create_publisher(UInt64, 'numbers', DEPTH)
        batched_subscription.subscribe(listener, UInt64, 'numbers', listen, DEPTH)
        spinner.until(publisher.get_subscription_count)
        for number in range(4):
            publisher.publish(UInt64(data=number))
        assert publisher.wait_for_all_acked(Duration(seconds=20))
        with pytest.raises(RuntimeError, match='refused'):
            spinner.until(lambda: len(heard) == 4)
        spinner.until(lambda: len(heard) == 4)
    assert heard == [0, 1, 2, 3]
