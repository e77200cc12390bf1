# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Faults of the twin, as the real driver has them: the arm is held, and recovers in order or not.

SAC_ALL_FAULTS=1 goes through every error flag of the robot; by default one of each kind is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
import os

from arm_rig import LONG, Rig
from franka_bridge.config import DriverSettings
from franka_bridge.faults import RobotMode
from franka_bridge.phase import Phase
import pytest
from sac_core.ros import names, qos
from sac_core.ros.testing import Spinner
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

pytest.importorskip('controller_manager_msgs.srv', reason='controller_manager_msgs is not built')
errors_message = pytest.importorskip('franka_msgs.msg', reason='franka_msgs is not built').Errors

pytestmark = pytest.mark.timeout(120)
RECOVERABLE = DriverSettings().recoverable_errors
GRAVE = [name for name in errors_message.get_fields_and_field_types() if name not in RECOVERABLE]
if os.environ.get('SAC_ALL_FAULTS') != '1':
    GRAVE = GRAVE[:1]


@pytest.fixture(scope='module')
def shared() -> Iterator[Rig]:
    with Spinner() as spinner:
        rig = Rig(spinner)
        yield rig
        rig.close()


@pytest.fixture
def rig(shared: Rig) -> Rig:
    """An arm at work; what an earlier fault left behind is cleared."""
    shared.bridge.runner.recovery.acknowledge_fault()
    shared.work()
    shared.observed.clear()
    return shared


def assert_held(rig: Rig) -> None:
    """The episode was truncated, and the arm was held before anything else."""
    rig.spinner.until(lambda: any(each.truncated for each in rig.observed), timeout=LONG)


@pytest.mark.parametrize('error', RECOVERABLE)
def test_an_error_that_is_known_is_recovered_from(rig: Rig, error: str) -> None:
    recoveries = rig.bridge.runner.recovery.recoveries
    rig.inject(f'error {error}')
    assert_held(rig)
    rig.work()
    assert rig.bridge.runner.recovery.recoveries > recoveries
    assert not rig.person_needed


@pytest.mark.parametrize('error', GRAVE)
def test_any_other_error_waits_for_a_person_and_no_controller_is_activated(
    rig: Rig, error: str
) -> None:
    rig.inject(f'error {error}')
    assert_held(rig)
    rig.spinner.until(lambda: rig.person_needed, timeout=LONG)
    assert error in rig.person_needed
    rig.spinner.spin_for(0.6)  # the next list of controllers
    controllers = rig.bridge.driver.controllers
    assert controllers is not None
    assert controllers['cartesian_impedance_controller'] != 'active'
    assert rig.bridge.runner.phase is Phase.HELD
    rig.person_helps()


def test_a_user_stop_waits_for_a_person_also_once_it_is_released(rig: Rig) -> None:
    rig.inject('user_stop')
    assert_held(rig)
    rig.spinner.until(lambda: rig.person_needed, timeout=LONG)
    robot = rig.bridge.driver.robot
    assert robot is not None
    assert robot.mode == RobotMode.USER_STOPPED
    refused = rig.call(Trigger, 'franka_bridge/recover', Trigger.Request())
    assert not refused.success  # type: ignore[attr-defined]
    rig.inject('user_stop_released')
    rig.spinner.spin_for(1.5)
    assert rig.bridge.runner.phase is Phase.HELD
    assert rig.person_needed
    rig.person_helps()


def test_a_controller_that_dies_is_activated_again(rig: Rig) -> None:
    rig.inject('controller_dies')
    assert_held(rig)
    rig.work()
    assert not rig.person_needed


def test_a_state_that_stops_holds_the_arm_until_it_returns(rig: Rig) -> None:
    recoveries = rig.bridge.runner.recovery.recoveries
    rig.inject('state_stops')
    assert_held(rig)
    rig.spinner.spin_for(0.5)
    assert rig.bridge.runner.phase is Phase.HELD
    rig.inject('state_returns')
    rig.work()
    assert rig.bridge.runner.recovery.recoveries == recoveries


@pytest.mark.parametrize('mode', ['OTHER', 'GUIDING', 'AUTOMATIC_ERROR_RECOVERY'])
def test_a_mode_in_which_the_robot_is_not_ours_holds_the_arm(rig: Rig, mode: str) -> None:
    rig.inject(f'mode {mode}')
    assert_held(rig)
    rig.spinner.until(lambda: rig.person_needed, timeout=LONG)
    rig.inject('mode IDLE')
    rig.person_helps()


def test_a_push_holds_the_arm_while_it_lasts(rig: Rig) -> None:
    rig.inject('push 0 0 -35')
    assert_held(rig)
    assert 'external force' in rig.bridge.runner.stop_reason
    rig.inject('push_ends')
    rig.work()


def test_an_emergency_stop_holds_the_arm_until_it_is_let_go(rig: Rig) -> None:
    button = rig.node.create_publisher(Bool, names.EMERGENCY_STOP, qos.qos_profile_emergency_stop)
    button.publish(Bool(data=True))
    assert_held(rig)
    rig.spinner.until(lambda: rig.bridge.is_emergency)
    targets = rig.bridge.runner.resets
    rig.spinner.spin_for(0.5)  # the actor asks for a reset all the time
    assert rig.bridge.runner.phase is Phase.HELD
    assert rig.bridge.runner.resets == targets
    assert not rig.call(Trigger, 'franka_bridge/reset', Trigger.Request()).success  # type: ignore[attr-defined]
    button.publish(Bool(data=False))
    rig.work()
