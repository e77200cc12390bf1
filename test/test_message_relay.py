# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The relay that stands in for a bad network carries, loses and delays messages as it says."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
import time
from typing import Any

import pytest
from rclpy.qos import QoSProfile
from sac_core.ros import names, qos
from sac_core.ros.testing import Spinner
from sac_interfaces import msg
from two_domains import TwoDomains

MESSAGES = 200


class Sides:
    """A node on each side of a relay: the robot's speaks, the desk's listens."""

    def __init__(self) -> None:
        self.network = TwoDomains(seed=0)
        robot, desk = (self.network.domain_ids[side] for side in ('robot', 'desk'))
        self.robot, self.desk = Spinner(robot), Spinner(desk)
        speaker, self._listener = self.robot.node('robot'), self.desk.node('desk')
        batches, specs = qos.qos_profile_transitions, qos.qos_profile_env_spec
        self.batches = speaker.create_publisher(msg.TransitionBatch, names.TRANSITIONS, batches)
        self.specs = speaker.create_publisher(msg.EnvSpec, names.ENV_SPEC, specs)
        self.heard = self.listen(msg.TransitionBatch, names.TRANSITIONS, batches)
        self.desk.until(
            lambda: (
                self.batches.get_subscription_count()
                and self.specs.get_subscription_count()
                and self._listener.count_publishers(names.TRANSITIONS)
            )
        )

    def listen(self, kind: Any, topic: str, profile: QoSProfile) -> list[Any]:
        return self.desk.collect(self._listener, kind, topic, profile)

    def send(self, count: int) -> None:
        for number in range(count):
            self.batches.publish(msg.TransitionBatch(first_sequence=number))

    @property
    def numbers(self) -> list[int]:
        return [batch.first_sequence for batch in self.heard]

    def close(self) -> None:
        self.robot.close()
        self.desk.close()
        self.network.close()


@pytest.fixture
def sides() -> Iterator[Sides]:
    made = Sides()
    yield made
    made.close()


def test_a_good_relay_carries_everything_unchanged_and_what_is_latched_to_who_comes_late(
    sides: Sides,
) -> None:
    spec = msg.EnvSpec(env_id='Robot-v0', action_low=array('f', [-1.0]))
    sides.specs.publish(spec)
    sides.send(MESSAGES)
    sides.desk.until(lambda: len(sides.heard) == MESSAGES)
    assert sides.numbers == list(range(MESSAGES))
    late = sides.listen(msg.EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec)
    sides.desk.until(lambda: late)
    assert late == [spec]


def test_a_bad_relay_loses_its_share(sides: Sides) -> None:
    sides.network.set_conditions(loss=0.2)
    sides.send(MESSAGES)

    def counts() -> dict[str, int]:
        return sides.network.set_conditions(loss=0.2)

    sides.desk.until(lambda: sum(counts().values()) == MESSAGES)
    sides.desk.until(lambda: len(sides.heard) == counts()['carried'])
    assert 0.1 < counts()['lost'] / MESSAGES < 0.3
    assert len(set(sides.numbers)) == len(sides.numbers)


def test_a_cut_relay_carries_nothing_and_afterwards_what_was_latched(sides: Sides) -> None:
    specs = sides.listen(msg.EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec)
    sides.network.set_conditions(cut=True)
    sides.specs.publish(msg.EnvSpec(env_id='Robot-v0'))
    sides.send(10)
    sides.desk.until(lambda: sides.network.set_conditions(cut=True)['lost'] == 10)
    assert sides.heard == specs == []
    sides.network.set_conditions()
    sides.send(3)
    sides.desk.until(lambda: len(sides.heard) == 3 and specs)
    assert sides.numbers == [0, 1, 2]


def test_a_slow_relay_delays_and_keeps_the_order(sides: Sides) -> None:
    sides.network.set_conditions(delay=(0.2, 0.4))
    begun = time.monotonic()
    sides.send(50)
    sides.desk.until(lambda: len(sides.heard) == 50)
    assert time.monotonic() - begun > 0.2
    assert sides.numbers == list(range(50))
