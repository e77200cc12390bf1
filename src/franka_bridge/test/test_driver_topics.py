# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The driver's topics fill the state; what cannot be used is refused with its topic."""

from __future__ import annotations

from math import nan

from franka_bridge.config import FrankaBridgeSettings
from franka_bridge.driver_state import DriverState, JOINTS
from franka_bridge.ros.driver_topics import DriverTopics
import pytest
from rclpy.qos import QoSProfile
from sac_core.ros.testing import Spinner
from sensor_msgs.msg import JointState

pytestmark = pytest.mark.node

NAMES = FrankaBridgeSettings(joint_prefix='left_').joint_names
TOPIC = 'franka/joint_states'


def test_unknown_torques_are_told_once_and_other_gaps_each_time() -> None:
    state = DriverState([JOINTS])
    refused: list[str] = []
    warned: list[str] = []
    with Spinner() as spinner:
        DriverTopics(
            spinner.node('bridge'),
            state,
            joint_names=NAMES,
            refuse=lambda topic, error: refused.append(f'{topic}: {error}'),
            warn=warned.append,
        )
        publisher = spinner.node('driver').create_publisher(JointState, TOPIC, QoSProfile(depth=1))
        spinner.until(publisher.get_subscription_count)
        message = JointState(name=NAMES, position=[0.1] * 7, velocity=[0.0] * 7)

        def publish(*, seconds: int) -> None:
            message.header.stamp.sec = seconds
            publisher.publish(message)

        for seconds in (1, 2):
            publish(seconds=seconds)
            spinner.until(
                lambda want=seconds: (
                    JOINTS in state.arrivals and state.arrivals[JOINTS].stamp == want
                )
            )
        message.velocity[2] = nan
        for seconds in (3, 4):
            publish(seconds=seconds)
            spinner.until(lambda want=seconds: len(refused) == want - 2)
    assert state.arrivals[JOINTS].stamp == 2.0
    (line,) = warned
    assert line.startswith(f'{TOPIC}: effort must hold 7 finite numbers, got []')
    assert set(refused) == {f'{TOPIC}: velocity of left_fr3_joint3 must be finite, got nan'}
