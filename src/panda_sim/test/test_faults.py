# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Contacts, reflexes, faults and the way back from them, without ROS."""

from __future__ import annotations

import numpy as np
from panda_sim.arm import load_arm, READY
from panda_sim.collision import Thresholds
from panda_sim.controller_manager import CARTESIAN_IMPEDANCE, JOINT_STATES, ROBOT_STATE
from panda_sim.controllers.joint_trajectory import TrajectoryPoint
from panda_sim.faults import Faults
from panda_sim.limits import allowed_velocity, LimitWatch
from panda_sim.robot import ERRORS, RobotMode
from panda_sim.twin import Twin
import pytest

DOWN = np.array([1.0, 0.0, 0.0, 0.0])
ALL = [CARTESIAN_IMPEDANCE, JOINT_STATES, ROBOT_STATE]


@pytest.fixture
def twin() -> Twin:
    twin = Twin('fr3', seed=0)
    twin.place(READY)
    return twin


def press_on_table(twin: Twin, depth: float) -> None:
    """Lower the tool onto the table until its target is `depth` below it."""
    for z in np.linspace(0.15, -depth, 60):
        twin.set_pose_target([0.45, 0.0, z], DOWN)
        twin.advance(0.05)


def test_a_press_on_the_table_is_a_positive_force_along_the_tool(twin: Twin) -> None:
    """libfranka's sign: what the robot does to its surroundings; the tool's z looks down."""
    press_on_table(twin, 0.02)
    state = twin.state()
    assert state.wrench[2] == pytest.approx(20.0, abs=4.0)  # the controller's clipped force
    assert state.wrench_in_base[2] == pytest.approx(-state.wrench[2], abs=1.0)
    assert state.external_torques[1] > 0.5, 'leaning on the shoulder'
    assert state.robot_mode is RobotMode.MOVE


def test_a_free_arm_feels_nothing_while_it_moves(twin: Twin) -> None:
    twin.set_pose_target([0.4, 0.1, 0.4], DOWN)
    twin.advance(0.5)
    assert np.abs(twin.state().wrench).max() == 0.0


def test_a_push_has_the_opposite_sign_of_the_pushing_hand(twin: Twin) -> None:
    Faults(twin).inject('push 10 0 0')
    twin.advance(0.2)
    np.testing.assert_allclose(twin.state().wrench_in_base[:3], [-10.0, 0.0, 0.0], atol=0.1)
    Faults(twin).inject('push_ends')
    twin.advance(0.3)
    assert np.abs(twin.state().wrench).max() < 0.01


@pytest.mark.parametrize(
    ('force', 'contact', 'reflex'), [(25, False, False), (35, True, False), (45, True, True)]
)
def test_contact_above_the_lower_and_reflex_above_the_upper_threshold(
    twin: Twin, force: int, contact: bool, reflex: bool
) -> None:
    twin.thresholds.upper_torque[:] = twin.thresholds.lower_torque[:] = 100.0
    Faults(twin).inject(f'push 0 0 {-force}')
    twin.advance(0.1)
    state = twin.state()
    assert bool(state.cartesian_contact[2]) is contact
    assert bool(state.cartesian_collision[2]) is reflex
    assert (state.robot_mode is RobotMode.REFLEX) is reflex
    assert state.current_errors == ({'cartesian_reflex'} if reflex else set())
    Faults(twin).inject('push_ends')
    twin.advance(0.3)
    assert not twin.state().cartesian_contact.any(), 'contact clears itself'
    assert bool(twin.state().cartesian_collision[2]) is reflex, 'a collision does not'


def test_after_a_reflex_the_arm_stands_still_and_the_driver_has_let_go(twin: Twin) -> None:
    twin.set_pose_target([0.4, 0.2, 0.3], DOWN)
    twin.advance(0.3)
    twin.fail('joint_reflex')
    twin.advance(0.5)
    stopped = twin.state()
    twin.set_pose_target([0.3, -0.2, 0.6], DOWN)
    twin.advance(0.5)
    np.testing.assert_allclose(
        twin.state().joint_positions, stopped.joint_positions, atol=1e-3, rtol=0
    )
    assert twin.manager.hardware == 'unconfigured'
    assert not any(controller.is_active for controller in twin.manager.controllers.values())


def test_recovery_works_in_the_documented_order_only(twin: Twin) -> None:
    twin.fail('cartesian_reflex')
    assert 'unconfigured' in (twin.manager.switch(ALL, []) or '')
    assert 'cartesian_reflex' in (twin.set_hardware('active') or '')
    assert twin.recover() is None
    assert 'unconfigured' in (twin.manager.switch(ALL, []) or '')
    assert twin.set_hardware('active') is None
    assert twin.robot.mode is RobotMode.IDLE
    assert twin.manager.switch(ALL, []) is None
    assert twin.robot.mode is RobotMode.MOVE
    before = twin.state().tcp_position
    twin.advance(0.3)
    np.testing.assert_allclose(twin.state().tcp_position, before, atol=1e-3)


@pytest.mark.parametrize('error', ERRORS)
def test_each_error_stops_the_arm_and_is_recovered_from(twin: Twin, error: str) -> None:
    Faults(twin).inject(f'error {error}')
    assert twin.manager.moving is None
    assert twin.robot.current_errors == twin.robot.last_motion_errors == {error}
    assert twin.recover() is None
    assert twin.set_hardware('active') is None
    assert twin.manager.switch(ALL, []) is None
    assert twin.robot.last_motion_errors == frozenset()


@pytest.mark.parametrize('mode', [mode for mode in RobotMode if mode is not RobotMode.MOVE])
def test_each_mode_ends_the_motion(twin: Twin, mode: RobotMode) -> None:
    Faults(twin).inject(f'mode {mode.name}')
    assert twin.robot.mode is mode
    assert twin.manager.moving is None


def test_a_user_stop_lasts_until_a_person_releases_it(twin: Twin) -> None:
    faults = Faults(twin)
    faults.inject('user_stop')
    assert 'user stop' in (twin.recover() or '')
    assert twin.set_hardware('active') is None
    assert twin.manager.switch([JOINT_STATES, ROBOT_STATE], []) is None, 'its mode can be read'
    assert 'USER_STOPPED' in (twin.manager.switch([CARTESIAN_IMPEDANCE], []) or '')
    faults.inject('user_stop_released')
    assert twin.recover() is None
    assert twin.manager.switch([CARTESIAN_IMPEDANCE], []) is None


def test_an_error_that_came_during_a_user_stop_waits_for_recovery(twin: Twin) -> None:
    faults = Faults(twin)
    faults.inject('user_stop')
    faults.inject('error joint_reflex')
    faults.inject('user_stop_released')
    assert twin.robot.mode is RobotMode.REFLEX


def test_a_dying_controller_leaves_the_driver_alive(twin: Twin) -> None:
    Faults(twin).inject('controller_dies')
    assert twin.robot.mode is RobotMode.IDLE
    assert twin.manager.hardware == 'active'
    assert twin.manager.is_active(ROBOT_STATE)
    with pytest.raises(ValueError, match='no controller'):
        Faults(twin).inject('controller_dies')
    assert twin.manager.switch([CARTESIAN_IMPEDANCE], []) is None


@pytest.mark.parametrize(
    'fault', ['', 'nonsense', 'error', 'error made_up', 'mode MOVE', 'mode x', 'push a b c']
)
def test_a_fault_that_does_not_exist_is_refused(twin: Twin, fault: str) -> None:
    with pytest.raises(ValueError):
        Faults(twin).inject(fault)
    assert twin.robot.mode is RobotMode.MOVE


def test_a_torque_that_is_no_number_costs_the_hardware_component(twin: Twin) -> None:
    twin.cartesian_impedance.set_pose_target(np.full(3, np.nan), np.array([0.0, 1.0, 0.0, 0.0]))
    twin.advance(0.1)
    assert twin.manager.hardware == 'unconfigured'
    assert np.isfinite(twin.state().joint_positions).all()


def test_a_joint_beyond_its_limit_stops_the_arm(twin: Twin) -> None:
    pose = READY.copy()
    pose[6] = twin.arm.position_upper[6] + 0.01
    twin.place(pose)
    twin.advance(0.01)
    assert twin.robot.current_errors == {'joint_position_limits_violation'}


def test_a_joint_that_is_too_fast_stops_the_arm() -> None:
    twin = Twin('fr3', seed=0, controller='fr3_arm_controller')
    goal = READY.copy()
    goal[0] += 1.5
    twin.set_trajectory([TrajectoryPoint(0.3, goal)])
    twin.advance(0.4)
    assert twin.robot.current_errors == {'joint_velocity_violation'}
    found = {extreme.name: extreme for extreme in twin.limits.extremes()}
    assert found['joint_velocity_1'].largest > 2.62
    assert found['joint_velocity_1'].exceeded == 1, 'nothing counts once the brakes are on'


def test_the_newer_arm_must_be_slow_near_the_ends_of_its_joints() -> None:
    """The manufacturer's example: joint 1 half a radian before its end."""
    arm = load_arm('fr3')
    positions = READY.copy()
    positions[0] = arm.position_upper[0] - 0.05
    toward, away = np.full(7, 0.1), np.full(7, -0.1)
    expected = -0.30 + np.sqrt(12.0 * (2.7501 - positions[0]))
    assert allowed_velocity(arm, positions, toward)[0] == pytest.approx(expected)
    assert allowed_velocity(arm, positions, away)[0] == 2.62
    assert allowed_velocity(load_arm('fer'), positions, toward)[0] == 2.175


def test_the_watch_counts_what_was_exceeded(twin: Twin) -> None:
    watch = LimitWatch(twin.arm, Thresholds().upper_force, 0.001)
    quiet = {'acceleration': np.zeros(7), 'wrench': np.zeros(6)}
    assert watch.watch(twin.sensed, torque=np.full(7, 0.5), **quiet) is None
    watch.watch(twin.sensed, torque=np.full(7, 3.0), **quiet)
    found = {extreme.name: extreme for extreme in watch.extremes()}
    assert found['joint_torque_rate_1'].largest == pytest.approx(2500.0)
    assert found['joint_torque_rate_1'].exceeded == 1
    assert found['joint_torque_1'].largest == 3.0
    watch.reset()
    assert all(extreme.largest == 0.0 for extreme in watch.extremes())


def test_the_limiter_of_the_driver_bounds_what_reaches_the_joints() -> None:
    """The trajectory controller asks for a jump of torque; the joints get 1 Nm per ms."""
    twin = Twin('fr3', seed=0, controller='fr3_arm_controller')
    twin.set_trajectory([TrajectoryPoint(0.001, twin.state().joint_positions + 0.1)])
    torques = [np.zeros(7)]
    for _ in range(20):
        twin.advance(0.001)
        torques.append(twin.state().desired_torques)
    assert np.abs(np.diff(torques, axis=0)).max() <= 1.0 + 1e-9
    asked = {extreme.name: extreme.largest for extreme in twin.limits.extremes()}
    assert asked['joint_torque_rate_1'] > 1000.0


def test_thresholds_out_of_order_are_refused() -> None:
    seven, six = np.full(7, 10.0), np.full(6, 10.0)
    with pytest.raises(ValueError, match='force thresholds'):
        Thresholds().set(
            lower_torque=seven, upper_torque=seven, lower_force=six, upper_force=six / 2
        )
