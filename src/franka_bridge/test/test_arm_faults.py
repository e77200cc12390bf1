# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever goes wrong: the arm is held, the episode truncated, and recovered in order or not."""

from __future__ import annotations

from collections.abc import Callable

from franka_bridge.config import DriverSettings
from franka_bridge.driver_state import RobotReport
from franka_bridge.faults import fault_of_robot, Kind, Need, RobotMode
from franka_bridge.phase import Phase
import numpy as np
import pytest

from .fake_arm import CONTROLLER, World

IN_ORDER = ['clear_error', 'activate_hardware', 'activate_broadcasters', 'activate_controller']
RECOVERABLE = DriverSettings().recoverable_errors
TRIES = DriverSettings().recovery_tries
PAUSE = DriverSettings().recovery_pause


@pytest.fixture
def world() -> World:
    world = World()
    world.begin_episode()
    world.ask()
    return world


def robot(world: World, mode: RobotMode, *errors: str, rate: float = 1.0) -> None:
    world.driver.state.robot = RobotReport(mode, frozenset(errors), success_rate=rate)


def drive(world: World, seconds: float) -> None:
    """Let an actor ask for a reset again and again, as it does when an episode was cut off."""
    for _ in range(round(seconds / 0.05)):
        if world.runner.phase is Phase.HELD:
            world.ask(reset=True)
        world.wait(0.05)


def held(world: World) -> bool:
    return world.runner.is_held and world.observed[-1].truncated


@pytest.mark.parametrize('mode', RobotMode)
def test_each_mode_but_moving_holds_the_arm(world: World, mode: RobotMode) -> None:
    robot(world, mode)
    world.wait(0.02)
    assert held(world) == (mode is not RobotMode.MOVE)


@pytest.mark.parametrize(
    ('mode', 'errors', 'asked'),
    [
        (RobotMode.REFLEX, ['joint_reflex'], IN_ORDER),
        (RobotMode.REFLEX, ['cartesian_reflex'], IN_ORDER),
        (RobotMode.REFLEX, [], IN_ORDER),
        (RobotMode.IDLE, ['communication_constraints_violation'], IN_ORDER),
        (RobotMode.IDLE, ['controller_torque_discontinuity'], IN_ORDER),
        (RobotMode.IDLE, [], IN_ORDER[1:]),
    ],
)
def test_what_the_robot_recovers_from_is_recovered_in_order_after_a_pause(
    world: World, mode: RobotMode, errors: list[str], asked: list[str]
) -> None:
    robot(world, mode, *errors)
    world.wait(0.02)
    assert held(world)
    assert world.driver.asked == []  # nobody has asked for the arm to move
    drive(world, PAUSE - 0.2)
    assert world.driver.asked == []
    drive(world, 0.4)
    assert world.driver.asked == asked
    assert world.runner.phase is Phase.RESETTING


@pytest.mark.parametrize(
    ('mode', 'errors'),
    [
        (RobotMode.USER_STOPPED, []),
        (RobotMode.USER_STOPPED, ['joint_reflex']),
        (RobotMode.GUIDING, []),
        (RobotMode.REFLEX, ['self_collision_avoidance_violation']),
        (RobotMode.REFLEX, ['joint_reflex', 'power_limit_violation']),
    ],
)
def test_what_needs_a_person_is_never_recovered_from(
    world: World, mode: RobotMode, errors: list[str]
) -> None:
    robot(world, mode, *errors)
    drive(world, 30.0)
    assert held(world)
    assert world.driver.asked == []
    robot(world, RobotMode.MOVE)  # the person has seen to it, but has not said so
    drive(world, 10.0)
    assert world.runner.phase is Phase.HELD
    world.runner.recovery.acknowledge_fault()
    drive(world, 0.1)
    assert world.runner.phase is Phase.RESETTING


def test_a_user_stop_pressed_while_the_arm_is_held_is_not_forgotten(world: World) -> None:
    world.runner.stand_still('told to stop')
    robot(world, RobotMode.USER_STOPPED)
    world.wait(0.02)
    robot(world, RobotMode.MOVE)
    drive(world, 1.0)
    assert world.runner.recovery.person_needed.startswith('user stop')


def test_a_user_stop_in_the_middle_of_a_recovery_ends_it(world: World) -> None:
    robot(world, RobotMode.REFLEX, 'joint_reflex')
    world.driver.answers['clear_error'] = None
    drive(world, PAUSE + 0.5)
    assert world.driver.asked == ['clear_error']
    robot(world, RobotMode.USER_STOPPED)
    world.driver.answers.clear()
    drive(world, 30.0)
    assert world.driver.asked == ['clear_error']


def test_recoveries_that_do_not_help_are_bounded(world: World) -> None:
    world.driver.helps = False
    robot(world, RobotMode.REFLEX, 'joint_reflex')
    drive(world, 200.0)
    assert world.driver.asked == IN_ORDER * TRIES
    assert world.runner.recovery.person_needed


@pytest.mark.parametrize('step', IN_ORDER)
@pytest.mark.parametrize('answer', ['refused', None])
def test_a_step_that_fails_or_hangs_costs_a_try_and_nothing_follows_it(
    world: World, step: str, answer: str | None
) -> None:
    world.driver.helps = False
    world.driver.answers[step] = answer
    robot(world, RobotMode.REFLEX, 'joint_reflex')
    drive(world, 100.0)
    assert world.driver.asked == IN_ORDER[: IN_ORDER.index(step) + 1] * TRIES
    assert held(world)


def test_recoveries_that_never_last_an_episode_are_bounded_too(world: World) -> None:
    for _ in range(TRIES + 2):
        robot(world, RobotMode.REFLEX, 'joint_reflex')
        world.wait(0.02)
        drive(world, PAUSE + 1.0)
        if world.runner.moves:
            world.arrive()
    assert world.driver.asked == IN_ORDER * TRIES
    assert world.runner.recovery.person_needed


def test_an_episode_without_a_fault_gives_all_tries_back() -> None:
    world = World('joint_reach')
    world.begin_episode()
    robot(world, RobotMode.REFLEX, 'joint_reflex')
    world.wait(0.02)
    drive(world, PAUSE + 1.0)
    world.arrive()
    assert world.runner.recovery.tries == 1
    while not world.observed[-1].ends_episode:
        world.ask()
        world.pass_step()
    assert world.runner.recovery.tries == 0


def test_a_stop_ends_a_recovery(world: World) -> None:
    robot(world, RobotMode.REFLEX, 'joint_reflex')
    drive(world, 1.0)
    world.runner.stand_still('emergency stop')
    world.wait(20.0)
    assert world.driver.asked == []


def test_a_state_that_stops_coming_ends_the_episode_and_nothing_is_asked(world: World) -> None:
    world.wait(0.15, speaks=False)
    assert not held(world)
    world.wait(0.1, speaks=False)
    assert held(world)
    drive_silent = 5.0
    world.ask(reset=True)
    world.wait(drive_silent, speaks=False)
    assert world.driver.asked == []
    drive(world, 0.1)
    assert world.runner.phase is Phase.RESETTING


def test_a_state_that_repeats_itself_is_as_old_as_it_is(world: World) -> None:
    stamp = world.now
    for _ in range(30):
        world.now += 0.01
        for part in world.driver.state.parts:
            values = world.driver.state.values[part]
            world.driver.state.put(part, *values, time=world.now, stamp=stamp)
        world.runner.look(world.now)
    assert held(world)


def set_controller(state: str) -> Callable[[World], None]:
    return lambda world: world.driver.state.controllers.update({CONTROLLER: state})  # type: ignore


def lose_controller(world: World) -> None:
    world.driver.state.controllers = {}


def push(world: World) -> None:
    world.wrench = np.array([0.0, 0.0, 35.0, 0.0, 0.0, 0.0])


def twist(world: World) -> None:
    world.wrench = np.array([0.0, 0.0, 0.0, 0.0, 12.0, 0.0])


def race(world: World) -> None:
    world.velocities = np.array([0.0, 2.3, 0.0, 0.0, 0.0, 0.0, 0.0])


def overreach(world: World) -> None:
    world.joints[5] = 0.5


def lose_commands(world: World) -> None:
    robot(world, RobotMode.MOVE, rate=0.8)


@pytest.mark.parametrize(
    ('break_it', 'kind'),
    [
        (set_controller('inactive'), Kind.CONTROLLER),
        (lose_controller, Kind.NO_CONTROLLER),
        (push, Kind.WRENCH),
        (twist, Kind.WRENCH),
        (race, Kind.VELOCITY),
        (overreach, Kind.JOINT_RANGE),
        (lose_commands, Kind.SUCCESS_RATE),
    ],
)
def test_what_is_measured_beyond_a_limit_holds_the_arm(
    world: World, break_it: Callable[[World], None], kind: Kind
) -> None:
    break_it(world)
    world.wait(0.02)
    assert held(world)
    assert world.runner.stop_reason.startswith(kind.text)


def test_a_controller_that_died_is_activated_again(world: World) -> None:
    set_controller('inactive')(world)
    drive(world, PAUSE + 0.5)
    assert world.driver.asked == IN_ORDER[1:]
    assert world.runner.phase is Phase.RESETTING


def test_no_unknown_error_is_ever_cleared() -> None:
    for mode in RobotMode:
        fault = fault_of_robot(mode, ['some_new_violation'], RECOVERABLE)
        assert fault is not None
        assert fault.need is Need.PERSON
