# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The arm in other ways than by default: trajectories, the older arm, a namespace, on the twin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import time

from arm_rig import LONG, Rig
from diagnostic_msgs.msg import DiagnosticStatus
from franka_bridge.phase import Phase
import numpy as np
import pytest
from rclpy.qos import QoSProfile
from sac_core.ros.testing import Spinner
import yaml

pytest.importorskip('controller_manager_msgs.srv', reason='controller_manager_msgs is not built')
pytest.importorskip('franka_msgs.msg', reason='franka_msgs is not built')

pytestmark = pytest.mark.timeout(120)
CONFIG = Path(__file__).resolve().parents[1] / 'config'


@pytest.fixture
def spinner() -> Iterator[Spinner]:
    with Spinner() as spinner:
        yield spinner


def until_resets(rig: Rig, count: int) -> None:
    """Wait until as many starts were reached."""
    runner = rig.bridge.runner
    rig.spinner.until(lambda: runner.resets >= count and runner.phase is Phase.READY, timeout=LONG)


def test_trajectories_move_an_arm_of_several_and_bring_it_to_its_starts(spinner: Spinner) -> None:
    # The twin begins under another controller, which the bridge replaces.
    rig = Rig(
        spinner,
        twin={'controller': 'joint_impedance_controller', 'joint_prefix': 'left_'},
        bridge={
            'joint_prefix': 'left_',
            'task': 'joint_reach',
            'task_numbers': 'max_episode_steps=20',
            'back_end': 'joint_trajectory',
        },
    )
    rig.drives = 1.0
    rig.work()
    until_resets(rig, 3)
    controllers = rig.bridge.driver.controllers
    assert controllers is not None
    assert controllers['fr3_arm_controller'] == 'active'
    assert controllers['joint_impedance_controller'] == 'inactive'
    assert not rig.person_needed
    rig.close()


def test_the_older_arm_works_and_recovers_from_a_reflex(spinner: Spinner) -> None:
    parameters = yaml.safe_load((CONFIG / 'franka_fer.yaml').read_text())
    of_bridge = parameters['/**/franka_bridge']['ros__parameters']
    assert of_bridge['robot_type'] == 'fer'
    limits = {name: of_bridge[name] for name in of_bridge if name.startswith('joint_')}
    velocity = {name: of_bridge[name] for name in of_bridge if name.startswith('velocity_')}
    rig = Rig(
        spinner,
        twin={'robot_type': 'fer'},
        bridge={'robot_type': 'fer', **limits, **velocity},
    )
    rig.work()
    rig.inject('error joint_reflex')
    rig.spinner.until(lambda: rig.observed[-1].truncated, timeout=LONG)
    rig.work()
    assert rig.bridge.runner.recovery.recoveries == 1
    rig.close()


def test_an_arm_that_hangs_works_in_its_world(spinner: Spinner) -> None:
    base = {'base_position': [0.0, 0.0, 1.2], 'base_orientation': [1.0, 0.0, 0.0, 0.0]}
    rig = Rig(
        spinner,
        twin={**base, 'scene': 'empty'},
        bridge={
            **base,
            'task_numbers': 'start=0.45,0,0.45; goal_low=0.35,-0.2,0.35; goal_high=0.55,0.2,0.55',
            'box_low': [0.25, -0.35, 0.2],
            'box_high': [0.65, 0.35, 0.7],
        },
    )
    rig.work()
    np.testing.assert_allclose(rig.observed[-1].observation[:3], [0.45, 0.0, 0.45], atol=0.1)
    assert not rig.person_needed
    rig.close()


def test_an_arm_in_a_namespace_works_and_recovers_there(spinner: Spinner) -> None:
    rig = Rig(spinner, namespace='left')
    rig.work()
    rig.inject('error cartesian_reflex')
    rig.spinner.until(lambda: rig.observed[-1].truncated, timeout=LONG)
    rig.work()
    assert rig.bridge.runner.recovery.recoveries == 1
    everywhere = {'/rosout', '/parameter_events', '/diagnostics'}
    for name in ('franka_bridge', 'panda_sim'):
        found = rig.node.get_publisher_names_and_types_by_node(name, '/left')
        found += rig.node.get_subscriber_names_and_types_by_node(name, '/left')
        assert len(found) > 5
        assert all(topic in everywhere or topic.startswith('/left/') for topic, _ in found)
    rig.close()


def test_a_hold_in_lockstep_lets_the_twin_go_on_until_it_is_at_rest(spinner: Spinner) -> None:
    rig = Rig(spinner, twin={'lockstep': True}, bridge={'lockstep': True})
    limits = rig.spinner.collect(
        rig.node, DiagnosticStatus, 'panda_sim/limits', QoSProfile(depth=5)
    )
    rig.drives = 1.0
    runner = rig.bridge.runner
    for _ in range(3):
        rig.asks_for_resets = True
        rig.work()
        rig.asks_for_resets = False
        runner.stand_still('told to stop')
        rig.spinner.until(lambda: runner.phase is Phase.HELD, timeout=LONG)
        assert np.abs(rig.bridge.driver.arm.joint_velocities).max() < 0.05
    limits.clear()
    assert rig.spinner.until(lambda: limits)[-1].message == 'within limits'
    rig.close()


def test_the_way_to_the_next_start_is_not_taken_for_silence(spinner: Spinner) -> None:
    # Slow starts: each takes several times as long as a command may be missing.
    timeout = 0.7
    rig = Rig(
        spinner,
        bridge={
            'task_numbers': 'max_episode_steps=5; start_spread=0.1',
            'command_timeout': timeout,
            'reset_velocity': 0.2,
        },
    )
    runner = rig.bridge.runner
    until_resets(rig, 1)
    rig.asks_for_resets = False  # the bridge begins the next episode by itself
    rig.spinner.until(lambda: runner.phase is Phase.RESETTING, timeout=LONG)
    begun = time.monotonic()
    rig.spinner.until(lambda: not runner.moves, timeout=LONG)
    assert runner.phase is Phase.READY
    assert time.monotonic() - begun > 2 * timeout
    assert rig.bridge.watch.timeouts == 0
    rig.close()
