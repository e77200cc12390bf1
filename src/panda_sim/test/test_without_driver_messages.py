# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Where the driver's and the controllers' messages are missing, the state still flows."""

from __future__ import annotations

import signal
import subprocess
import sys

from panda_sim.ros import driver_topics as topics
import pytest
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sac_core.ros.testing import child_environment, Spinner
from sensor_msgs.msg import JointState

pytestmark = pytest.mark.node

WITHOUT = """
import sys
for missing in ('franka_msgs', 'controller_manager_msgs', 'control_msgs'):
    sys.modules[missing] = None
from panda_sim.panda_sim_node import main
sys.exit(main())
"""
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


@pytest.mark.timeout(60)
def test_the_twin_moves_and_is_seen_without_the_drivers_messages() -> None:
    with Spinner() as spinner:
        client = spinner.node()
        child = subprocess.Popen(
            [sys.executable, '-c', WITHOUT],
            env=child_environment(spinner.domain_id),
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            states = [
                spinner.collect(client, JointState, topic, profile)
                for topic, profile in (
                    (topics.JOINT_STATES, topics.RELIABLE),
                    (topics.MEASURED_JOINT_STATES, BEST_EFFORT),
                    (topics.GRIPPER_JOINT_STATES, topics.NEWEST),
                )
            ]
            spinner.until(lambda: all(states), timeout=40.0)
            offered = [topic for topic, _ in client.get_topic_names_and_types()]
            child.send_signal(signal.SIGTERM)
            _, errors = child.communicate(timeout=20)
        finally:
            child.kill()
            child.wait()
    assert child.returncode == 0
    assert f'/{topics.ROBOT_STATE}' not in offered
    assert 'franka_msgs is not installed' in errors
