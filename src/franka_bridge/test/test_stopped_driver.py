# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A driver that falls silent with a fault is asked why it did before the arm moves again."""

from __future__ import annotations

from franka_bridge.config import DriverSettings
from franka_bridge.driver_state import RobotReport
from franka_bridge.faults import Kind, RobotMode
from franka_bridge.phase import Phase
from franka_bridge.recovery import Call
import pytest

from .fake_arm import CONTROLLER, FakeDriver, World

PROBE = 'activate_hardware'
REST = ['activate_hardware', 'activate_broadcasters']


class SilencedDriver(FakeDriver):
    """Its state comes again once its broadcasters are active."""

    def __init__(self, mode: RobotMode, *errors: str) -> None:
        super().__init__()
        self.mode = mode
        self.errors = set(errors)
        self.causes = frozenset(errors)
        self.speaks = True

    def fall_silent(self) -> None:
        self.speaks = False
        self.state.controllers = {CONTROLLER: 'inactive', 'joint_state_broadcaster': 'inactive'}

    def clear_error(self) -> Call:
        self.errors.clear()
        return super().clear_error()

    def activate_hardware(self) -> Call:
        self.answers['activate_hardware'] = 'errors are set' if self.errors else ''
        return super().activate_hardware()

    def activate_broadcasters(self) -> Call:
        self.speaks = True
        self.state.robot = RobotReport(self.mode, last_errors=self.causes)
        self.state.controllers = {CONTROLLER: 'inactive', 'joint_state_broadcaster': 'active'}
        return super().activate_broadcasters()


def stop(driver: SilencedDriver) -> World:
    """Let an arm at work lose its driver, and an actor ask for a reset until all is done."""
    world = World()
    driver.state = world.driver.state
    world.driver = driver
    world.runner.recovery.driver = driver
    world.begin_episode()
    world.ask()
    driver.fall_silent()
    for _ in range(1000):
        if world.runner.phase is Phase.HELD:
            world.ask(reset=True)
        world.wait(0.02, speaks=driver.speaks)
        if world.runner.phase is Phase.RESETTING or world.runner.recovery.person_needed:
            break
    return world


def test_a_silent_driver_is_told_from_a_slow_one() -> None:
    world = stop(SilencedDriver(RobotMode.IDLE, 'joint_reflex'))
    assert world.runner.stop_reason.startswith(Kind.STOPPED.text)


def test_a_reflex_that_silenced_the_driver_is_recovered_from() -> None:
    world = stop(SilencedDriver(RobotMode.IDLE, 'joint_reflex'))
    assert world.driver.asked == [PROBE, 'clear_error', *REST, 'activate_controller']
    assert world.runner.phase is Phase.RESETTING


@pytest.mark.parametrize(
    ('mode', 'errors', 'reason'),
    [
        (RobotMode.IDLE, ['joint_reflex', 'power_limit_violation'], 'power_limit_violation'),
        (RobotMode.USER_STOPPED, [], 'user stop'),
        (RobotMode.IDLE, [], 'without an error'),
    ],
)
def test_nothing_moves_where_the_reason_is_grave_or_unknown(
    mode: RobotMode, errors: list[str], reason: str
) -> None:
    world = stop(SilencedDriver(mode, *errors))
    assert reason in world.runner.recovery.person_needed
    assert 'activate_controller' not in world.driver.asked
    assert ('clear_error' in world.driver.asked) == bool(errors)
    assert world.driver.asked[-1] == 'activate_broadcasters'
    world.runner.recovery.acknowledge_fault()
    world.driver.mode = RobotMode.IDLE  # type: ignore[attr-defined]
    world.driver.state.robot = RobotReport(RobotMode.IDLE)
    for _ in range(200):
        if world.runner.phase is Phase.HELD:
            world.ask(reset=True)
        world.wait(0.02)
    assert 'activate_controller' in world.driver.asked
    assert world.runner.moves


def test_a_silent_driver_without_a_word_of_controllers_is_waited_for() -> None:
    world = World()
    world.begin_episode()
    world.driver.state.controllers = None
    world.wait(0.3, speaks=False)
    world.ask(reset=True)
    world.wait(2 * DriverSettings().recovery_pause, speaks=False)
    assert world.driver.asked == []
    assert world.runner.phase is Phase.HELD
