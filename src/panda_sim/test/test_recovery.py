# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Faults injected by service, seen and recovered from through the driver's interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from franka_msgs.msg import FrankaRobotState
from panda_sim.ros import driver_topics as topics
import pytest
from sac_core.ros.testing import Spinner
from sensor_msgs.msg import JointState

from .driver_client import BROADCASTERS, CONTROLLER, DriverClient

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


@pytest.fixture(scope='module')
def client() -> Iterator[DriverClient]:
    with Spinner() as spinner:
        client = DriverClient(spinner, seed=3)
        yield client
        client.close()


@pytest.fixture(autouse=True)
def healthy(client: DriverClient) -> Iterator[None]:
    yield
    client.inject('state_returns')
    client.inject('mode IDLE')
    client.sim.twin.recover()
    client.sim.twin.set_hardware('active')
    controllers = client.sim.twin.manager.controllers
    missing = [name for name in (*BROADCASTERS, CONTROLLER) if not controllers[name].is_active]
    assert client.sim.twin.manager.switch(missing, []) is None


def states(client: DriverClient) -> list[FrankaRobotState]:
    return client.spinner.collect(
        client.node, FrankaRobotState, topics.ROBOT_STATE, topics.RELIABLE
    )


def comes_nothing(client: DriverClient, messages: list[Any]) -> bool:
    """Whether the topic is silent, once what was under way has come."""
    client.spinner.spin_for(0.3)
    messages.clear()
    client.spinner.spin_for(0.2)
    return not messages


def test_after_a_reflex_the_state_stops_and_recovery_brings_all_back(client: DriverClient) -> None:
    seen = states(client)
    client.spinner.until(lambda: seen)
    assert client.inject('error cartesian_reflex') == ''
    assert set(client.controllers().values()) == {'inactive'}
    assert comes_nothing(client, seen)

    assert not client.activate(CONTROLLER)
    assert not client.activate_hardware()
    assert client.recover()
    assert not client.activate(CONTROLLER)
    assert client.activate_hardware()
    assert client.activate(*BROADCASTERS)
    client.spinner.until(lambda: seen)
    assert seen[-1].robot_mode == FrankaRobotState.ROBOT_MODE_IDLE
    assert seen[-1].last_motion_errors.cartesian_reflex
    assert not seen[-1].current_errors.cartesian_reflex
    assert seen[-1].control_command_success_rate == 0.0
    assert client.activate(CONTROLLER)
    client.spinner.until(lambda: seen[-1].robot_mode == FrankaRobotState.ROBOT_MODE_MOVE)
    assert not seen[-1].last_motion_errors.cartesian_reflex


def test_a_user_stop_can_be_read_but_not_recovered_from(client: DriverClient) -> None:
    seen = states(client)
    client.inject('user_stop')
    assert not client.recover()
    assert client.activate_hardware()
    assert client.activate(*BROADCASTERS)
    client.spinner.until(
        lambda: seen and seen[-1].robot_mode == FrankaRobotState.ROBOT_MODE_USER_STOPPED
    )
    assert not client.activate(CONTROLLER)
    client.inject('user_stop_released')
    assert client.activate(CONTROLLER)


def test_a_collision_stops_the_arm_by_itself(client: DriverClient) -> None:
    client.inject('push 0 0 -60')
    client.spinner.until(lambda: 'active' not in client.controllers().values())
    client.inject('push_ends')
    assert client.recover()
    assert client.activate_hardware()
    assert client.activate(*BROADCASTERS, CONTROLLER)


def test_the_state_can_stop_while_all_seems_well(client: DriverClient) -> None:
    joints = client.spinner.collect(client.node, JointState, topics.JOINT_STATES, topics.RELIABLE)
    client.spinner.until(lambda: joints)
    client.inject('state_stops')
    assert comes_nothing(client, joints)
    assert client.controllers()[CONTROLLER] == 'active'
    client.inject('state_returns')
    client.spinner.until(lambda: joints)


def test_a_controller_can_die_alone(client: DriverClient) -> None:
    client.inject('controller_dies')
    found = client.controllers()
    assert found[CONTROLLER] == 'inactive'
    assert {found[name] for name in BROADCASTERS} == {'active'}
    assert client.activate(CONTROLLER)


def test_a_fault_that_does_not_exist_is_refused_with_a_reason(client: DriverClient) -> None:
    assert 'fault must be one of' in client.inject('earthquake')
    assert 'error must be one of' in client.inject('error earthquake')
    assert client.controllers()[CONTROLLER] == 'active'
