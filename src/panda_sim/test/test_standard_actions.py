# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actions of control_msgs: gripper command and joint trajectory."""

from __future__ import annotations

from collections.abc import Iterator

from action_msgs.msg import GoalStatus
from control_msgs.action import FollowJointTrajectory, GripperCommand
from control_msgs.msg import GripperCommand as Command
import numpy as np
import pytest
from rclpy.action import ActionClient
from sac_core.ros.testing import Spinner
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from .driver_client import DriverClient

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]

GRIPPER = 'franka_gripper/gripper_action'
FOLLOW = 'fr3_arm_controller/follow_joint_trajectory'


@pytest.fixture(scope='module')
def client() -> Iterator[DriverClient]:
    with Spinner() as spinner:
        client = DriverClient(spinner, controller='fr3_arm_controller')
        yield client
        client.close()


def goal_at(client: DriverClient, offset: float, nanoseconds: int) -> FollowJointTrajectory.Goal:
    point = JointTrajectoryPoint()
    point.positions = (client.sim.twin.state().joint_positions + offset).tolist()
    point.time_from_start.nanosec = nanoseconds
    names = client.sim.twin.arm.joint_names
    return FollowJointTrajectory.Goal(
        trajectory=JointTrajectory(joint_names=names, points=[point])
    )


@pytest.mark.parametrize('half_width', [0.02, 0.035])
def test_the_gripper_takes_half_the_width_as_position(
    client: DriverClient, half_width: float
) -> None:
    goal = GripperCommand.Goal(command=Command(position=half_width, max_effort=20.0))
    status, result = client.act(GripperCommand, GRIPPER, goal)
    assert (status, result.reached_goal) == (GoalStatus.STATUS_SUCCEEDED, True)
    assert result.position == pytest.approx(2 * half_width, abs=0.003)


def test_a_width_that_the_gripper_does_not_have_is_aborted(client: DriverClient) -> None:
    goal = GripperCommand.Goal(command=Command(position=0.2, max_effort=20.0))
    status, result = client.act(GripperCommand, GRIPPER, goal)
    assert (status, result.reached_goal) == (GoalStatus.STATUS_ABORTED, False)


def test_a_trajectory_succeeds_at_its_end(client: DriverClient) -> None:
    goal = goal_at(client, 0.05, 500_000_000)
    status, result = client.act(FollowJointTrajectory, FOLLOW, goal)
    assert (status, result.error_code) == (GoalStatus.STATUS_SUCCEEDED, result.SUCCESSFUL)
    off = client.sim.twin.state().joint_positions - goal.trajectory.points[0].positions
    assert np.abs(off).max() < 0.05


def test_a_trajectory_that_a_fault_ends_is_aborted(client: DriverClient) -> None:
    sender = ActionClient(client.node, FollowJointTrajectory, FOLLOW)
    client.spinner.until(sender.server_is_ready)
    sent = sender.send_goal_async(goal_at(client, 0.1, 900_000_000))
    client.spinner.until(sent.done)
    result = sent.result().get_result_async()
    client.sim.twin.fail('joint_reflex')
    client.spinner.until(result.done)
    assert result.result().status == GoalStatus.STATUS_ABORTED

    refused = sender.send_goal_async(goal_at(client, 0.1, 900_000_000))
    client.spinner.until(refused.done)
    assert not refused.result().accepted, 'no controller is active'
    sender.destroy()
