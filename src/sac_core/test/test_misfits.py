# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A publisher that a subscription cannot hear is named, and what it would have to offer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sac_core.diagnostics import Level
from sac_core.ros.checked_subscriptions import CheckedSubscriptions
from sac_core.ros.testing import Spinner
from std_msgs.msg import Float64, String

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


@pytest.fixture
def spinner() -> Iterator[Spinner]:
    with Spinner() as spinner:
        yield spinner


@pytest.mark.parametrize(
    ('kind', 'profile', 'difference'),
    [
        (String, BEST_EFFORT, 'best effort, wanted reliable and volatile, wanted transient local'),
        (String, QoSProfile(depth=1), 'volatile, wanted transient local'),
        (Float64, LATCHED, 'as std_msgs/msg/Float64, wanted std_msgs/msg/String'),
    ],
)
def test_a_publisher_that_cannot_be_heard_is_named(
    spinner: Spinner, kind: type, profile: QoSProfile, difference: str
) -> None:
    inbox = CheckedSubscriptions(spinner.node())
    inbox.subscribe(String, 'word', lambda _: None, LATCHED)
    assert inbox.status().level == Level.OK
    with Spinner(spinner.domain_id) as elsewhere:
        robot = elsewhere.node('robot', namespace='/left')
        robot.create_publisher(kind, '/word', profile)
        expected = f'/left/robot publishes word {difference}: nothing of it arrives'
        spinner.until(lambda: inbox.status().message == expected)
        assert inbox.status().level == Level.WARN
        assert inbox.misfits == {'word': expected}
    spinner.until(lambda: inbox.status().level == Level.OK)


def test_a_publisher_that_offers_more_than_is_wanted_is_heard(spinner: Spinner) -> None:
    words: list[String] = []
    inbox = CheckedSubscriptions(spinner.node())
    inbox.subscribe(String, 'word', words.append, BEST_EFFORT)
    publisher = spinner.node('robot').create_publisher(String, 'word', LATCHED)
    spinner.until(lambda: publisher.publish(String(data='yes')) or words)
    assert inbox.status().level == Level.OK
