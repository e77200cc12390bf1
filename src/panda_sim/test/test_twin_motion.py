# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The twin moves as the arm would: kinematics, gravity, controllers, gripper, repeatability."""

from __future__ import annotations

import numpy as np
from panda_sim.arm import READY
from panda_sim.controller_manager import CARTESIAN_IMPEDANCE, JOINT_IMPEDANCE
from panda_sim.controllers.joint_trajectory import TrajectoryPoint
from panda_sim.twin import Twin
import pytest

DOWN = np.array([1.0, 0.0, 0.0, 0.0])  # xyzw: the tool looks down
ARMS = pytest.mark.parametrize('robot_type', ['fr3', 'fer'])


def ready_twin(robot_type: str = 'fr3', **options: str | None) -> Twin:
    twin = Twin(robot_type, seed=0, **options)
    twin.place(READY)
    return twin


@ARMS
def test_the_tool_is_where_the_manufacturer_says_at_the_ready_pose(robot_type: str) -> None:
    state = ready_twin(robot_type).state()
    np.testing.assert_allclose(state.tcp_position, [0.3069, 0.0, 0.4869], atol=5e-5)
    np.testing.assert_allclose(np.abs(state.tcp_orientation), DOWN, atol=1e-6)


@ARMS
def test_an_arm_without_torque_does_not_sink(robot_type: str) -> None:
    twin = ready_twin(robot_type, controller=None)
    twin.advance(2.0)
    np.testing.assert_allclose(twin.state().joint_positions, READY, atol=1e-9)


@ARMS
def test_measured_torques_hold_the_arm_against_gravity(robot_type: str) -> None:
    """The elbow carries forearm and hand: about 20 Nm, far from the torque that is commanded."""
    twin = ready_twin(robot_type)
    twin.advance(0.2)
    state = twin.state()
    assert 15.0 < state.joint_torques[3] < 25.0
    assert np.abs(state.desired_torques).max() < 1.0


@ARMS
def test_cartesian_impedance_reaches_its_target(robot_type: str) -> None:
    twin = ready_twin(robot_type)
    start = twin.state()
    target = start.tcp_position + np.array([0.04, 0.03, -0.05])
    twin.set_pose_target(target, start.tcp_orientation)
    twin.advance(1.5)
    state = twin.state()
    np.testing.assert_allclose(state.tcp_position, target, atol=0.002)
    assert abs(state.tcp_orientation @ start.tcp_orientation) > 0.9999
    assert not state.current_errors


def test_cartesian_impedance_turns_the_tool() -> None:
    twin = ready_twin()
    start = twin.state()
    half = 0.15
    target = np.array([np.cos(half), np.sin(half), 0.0, 0.0])  # down, turned about the vertical
    twin.set_pose_target(start.tcp_position, target)
    twin.advance(2.0)
    assert 2.0 * np.arccos(min(1.0, abs(twin.state().tcp_orientation @ target))) < 0.02


def test_a_far_target_pulls_with_no_more_than_the_clipped_force() -> None:
    """A meter away: 20 N and not 2 kN, so the tool drifts there at a bounded speed."""
    twin = ready_twin()
    start = twin.state()
    twin.set_pose_target(start.tcp_position + np.array([0.0, 0.0, -1.0]), start.tcp_orientation)
    twin.advance(0.5)
    speeds = {extreme.name: extreme.largest for extreme in twin.limits.extremes()}
    assert 0.1 < speeds['tcp_speed'] < 0.4


def test_joint_impedance_reaches_its_target() -> None:
    twin = ready_twin(controller=JOINT_IMPEDANCE)
    target = READY + np.array([0.1, -0.1, 0.1, 0.1, -0.1, 0.1, 0.2])
    twin.set_joint_target(target)
    twin.advance(3.0)
    np.testing.assert_allclose(twin.state().joint_positions, target, atol=0.02)


def test_a_trajectory_is_followed_in_time() -> None:
    twin = ready_twin(controller='fr3_arm_controller')
    middle, end = READY + 0.05, READY - 0.05
    twin.set_trajectory([TrajectoryPoint(0.5, middle), TrajectoryPoint(1.5, end)])
    twin.advance(0.5)
    np.testing.assert_allclose(twin.state().desired_positions, middle, atol=1e-3)
    twin.advance(1.5)
    assert twin.joint_trajectory.is_done
    np.testing.assert_allclose(twin.state().joint_positions, end, atol=0.01)


def test_a_trajectory_with_velocities_is_smooth() -> None:
    twin = ready_twin(controller='fr3_arm_controller')
    twin.set_trajectory([TrajectoryPoint(1.0, READY + 0.2, np.zeros(7))])
    twin.advance(2.0)
    worst = max(twin.limits.extremes()[7:14], key=lambda extreme: extreme.largest)
    assert worst.exceeded == 0, worst
    np.testing.assert_allclose(twin.state().joint_positions, READY + 0.2, atol=0.01)


@pytest.mark.parametrize(
    ('points', 'text'),
    [
        ([], 'points'),
        ([TrajectoryPoint(0.0, READY)], 'time_from_start'),
        ([TrajectoryPoint(0.1, READY[:3])], '7 finite'),
        ([TrajectoryPoint(0.1, READY * np.nan)], '7 finite'),
    ],
)
def test_a_bad_trajectory_is_refused(points: list[TrajectoryPoint], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        ready_twin(controller='fr3_arm_controller').set_trajectory(points)


@pytest.mark.parametrize('position', [[np.nan, 0.0, 0.4], [0.3, 0.0]])
def test_a_bad_pose_is_refused(position: list[float]) -> None:
    with pytest.raises(ValueError, match='position'):
        ready_twin().set_pose_target(position, DOWN)


@pytest.mark.parametrize('field', ['robot_type', 'scene', 'controller'])
def test_unknown_names_are_refused(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        Twin(**{field: 'nonsense'})


def test_same_seed_same_motion() -> None:
    def run(seed: int) -> np.ndarray:
        twin = Twin('fr3', seed=seed, scene='peg_insert')
        state = twin.state()
        twin.set_pose_target(
            state.tcp_position + np.array([0.1, 0.0, -0.1]), state.tcp_orientation
        )
        twin.advance(0.3)
        return twin.state().joint_positions

    assert np.array_equal(run(3), run(3))
    assert not np.array_equal(run(3), run(4))


def test_in_how_large_pieces_time_advances_makes_no_difference() -> None:
    whole, pieces = ready_twin(), ready_twin()
    for twin in (whole, pieces):
        twin.set_pose_target([0.35, 0.05, 0.45], DOWN)
    whole.advance(0.2)
    for _ in range(10):
        pieces.advance(0.02)
    assert np.array_equal(whole.state().joint_positions, pieces.state().joint_positions)
    assert pieces.time == whole.time == 0.2


def test_the_gripper_opens_and_closes() -> None:
    twin = ready_twin()
    closing = twin.gripper.move(0.02, 0.1)
    twin.advance(1.0)
    assert (closing.is_done, closing.succeeded) == (True, True)
    assert twin.state().gripper_width == pytest.approx(0.02, abs=0.002)
    homing = twin.gripper.homing()
    twin.advance(2.5)
    assert homing.succeeded
    assert twin.state().gripper_width == pytest.approx(0.08, abs=0.002)


def test_grasping_thin_air_fails() -> None:
    twin = ready_twin()
    grasp = twin.gripper.grasp(0.03, 0.1, 20.0, (0.005, 0.005))
    twin.advance(0.2)
    twin.gripper.stop()
    assert (grasp.is_done, grasp.succeeded, grasp.error) == (True, False, 'stopped')
    too_wide = twin.gripper.move(0.2, 0.1)
    assert 'width' in too_wide.error


def test_the_peg_goes_into_its_hole_and_stands_on_the_ground() -> None:
    twin = Twin('fr3', seed=0, scene='peg_insert')
    peg = twin.scene.peg
    assert peg
    x, y, z = peg.inserted_tcp
    for height in np.linspace(0.12, 0.0, 25):
        twin.set_pose_target([x, y, z + height], DOWN)
        twin.advance(0.2 if height < 0.11 else 2.0)
    state = twin.state()
    np.testing.assert_allclose(state.tcp_position, peg.inserted_tcp, atol=0.003)
    assert twin.manager.is_active(CARTESIAN_IMPEDANCE)
