# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The action ptp_motion: the robot goes somewhere by itself, where no controller moves it."""

from __future__ import annotations

from collections.abc import Iterator

from action_msgs.msg import GoalStatus
import numpy as np
from panda_sim.controllers.joint_trajectory import TrajectoryPoint
import pytest
from sac_core.ros.testing import Spinner

from .driver_client import DriverClient

PTPMotion = pytest.importorskip('franka_msgs.action').PTPMotion
TargetStatus = pytest.importorskip('franka_msgs.msg').TargetStatus

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]
MOTION = 'action_server/ptp_motion'


@pytest.fixture(scope='module')
def client() -> Iterator[DriverClient]:
    with Spinner() as spinner:
        client = DriverClient(spinner, controller='')
        yield client
        client.close()


def goal(client: DriverClient, offset: float, *, velocity: float = 0.5) -> object:
    joints = client.sim.twin.state().joint_positions + offset
    return PTPMotion.Goal(
        goal_joint_configuration=joints.tolist(), maximum_joint_velocities=[velocity] * 7
    )


def test_the_robot_goes_there_within_its_limits(client: DriverClient) -> None:
    twin = client.sim.twin
    wanted = goal(client, 0.1)
    twin.limits.reset()
    status, result = client.act(PTPMotion, MOTION, wanted)
    assert status == GoalStatus.STATUS_SUCCEEDED
    assert result.target_status.status == TargetStatus.TARGET_REACHED
    off = np.abs(twin.state().joint_positions - wanted.goal_joint_configuration).max()  # type: ignore[attr-defined]
    assert off < 0.01
    assert not any(extreme.exceeded for extreme in twin.limits.extremes())
    assert not twin.moves_by_itself


@pytest.mark.parametrize(('offset', 'velocity'), [(9.0, 0.5), (0.1, 0.0), (0.1, 99.0)])
def test_a_goal_that_does_not_do_is_aborted(
    client: DriverClient, offset: float, velocity: float
) -> None:
    status, result = client.act(PTPMotion, MOTION, goal(client, offset, velocity=velocity))
    assert status == GoalStatus.STATUS_ABORTED
    assert result.target_status.status == TargetStatus.ABORTED
    assert result.error_message


def test_a_motion_while_a_controller_is_active_is_aborted(client: DriverClient) -> None:
    client.sim.twin.use_controller('joint_impedance_controller')
    status, result = client.act(PTPMotion, MOTION, goal(client, 0.1))
    client.sim.twin.use_controller(None)
    assert status == GoalStatus.STATUS_ABORTED
    assert 'joint_impedance_controller is active' in result.error_message


def test_a_fault_ends_the_motion(client: DriverClient) -> None:
    twin = client.sim.twin
    joints = twin.state().joint_positions + 0.1
    assert twin.begin_own_motion(TrajectoryPoint(1.0, joints, np.zeros(7))) is None
    assert twin.moves_by_itself
    twin.fail('joint_reflex')
    assert not twin.moves_by_itself
    assert twin.recover() is None
