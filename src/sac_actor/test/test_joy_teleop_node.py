# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""From a joystick to the robot: two real nodes between a fake joystick and a fake robot."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from rclpy.parameter import Parameter
from sac_actor.actor_node import ActorNode
from sac_actor.joy_teleop_node import JoyTeleopNode
from sac_core.ros import names, qos
from sac_core.ros.conversions import to_floats
from sac_core.ros.testing import NodeProcess
from sac_interfaces.msg import Intervention
from sensor_msgs.msg import Joy
from std_msgs.msg import Bool

from .fakes import make_spec, make_weights
from .person import Person
from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]
TABLE: dict[str, Any] = {
    'axes': [1, 0],
    'scales': [1.0, -1.0],
    'deadzone': 0.1,
    'deadman_button': 2,
    'emergency_button': 0,
}


class Joystick:
    """A joystick and the node that reads it."""

    def __init__(self, world: World, **parameters: Any) -> None:
        self._world = world
        table = {**TABLE, **parameters}
        self.teleop = JoyTeleopNode(
            context=world.spinner.context,
            parameter_overrides=[Parameter(name, value=value) for name, value in table.items()],
        )
        world.spinner.add(self.teleop.node)
        self.node = world.spinner.node('joystick')
        self._joys = self.node.create_publisher(Joy, 'joy', qos.qos_profile_intervention)
        self.state = Joy(axes=array('f', [0.0, 0.0]), buttons=array('i', [0, 0, 0]))
        self.stamps = False  # whether each message gets a stamp of its own
        self.node.create_timer(0.02, self._publish)
        collect = world.spinner.collect
        self.wishes: list[Intervention] = collect(
            self.node, Intervention, names.INTERVENTION, qos.qos_profile_intervention
        )
        self.stops: list[Bool] = collect(
            self.node, Bool, names.EMERGENCY_STOP, qos.qos_profile_emergency_stop_heard
        )

    def _publish(self) -> None:
        if self.stamps:
            self.state.header.stamp = self.node.get_clock().now().to_msg()
        self._joys.publish(self.state)

    def let_go(self, world: World) -> None:
        """Let all of it rest, until that was seen."""
        self.tilt(0.0, 0.0)
        self.press()
        count = len(self.wishes)
        world.until(lambda: len(self.wishes) > count + 5)

    def tilt(self, *axes: float) -> None:
        self.state.axes = array('f', axes)

    def press(self, *buttons: int) -> None:
        """Press these and no others."""
        self.state.buttons = array('i', [number in buttons for number in range(3)])


@pytest.fixture
def joystick(world: World) -> Iterator[Joystick]:
    return Joystick(world)


def action_of(world: World) -> list[float]:
    return to_floats(world.commands[-1].action).tolist()


def test_the_deadman_takes_over_and_gives_back_without_a_jump(
    world: World, start: Callable[..., ActorNode], joystick: Joystick
) -> None:
    start(max_action_change=0.05, transition_batch_size=1)
    world.robot = type(world.robot)(episode_length=100_000)
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.robot.executed and joystick.wishes)
    joystick.tilt(1.0, -1.0)
    steps = len(world.robot.executed)
    world.until(lambda: len(world.robot.executed) > steps + 10)
    assert world.status.intervened_steps == 0
    joystick.press(2)
    world.until(lambda: action_of(world) == [-2.0, -2.0])  # [-1, -1] in the robot's units
    joystick.press()
    world.until(lambda: action_of(world) != [-2.0, -2.0])
    count = world.next_status().env_steps
    world.until(lambda: len(set(world.sequences)) > count + 10)
    rows = {
        batch.first_sequence: (batch.intervened[0], to_floats(batch.actions))
        for batch in world.batches
    }
    driven = np.array([rows[number][0] for number in sorted(rows)])
    actions = np.array([rows[number][1] for number in sorted(rows)])
    assert (np.abs(np.diff(actions, axis=0)) <= 0.05 + 1e-5).all()
    (changes,) = np.nonzero(np.diff(driven.astype(int)))
    assert len(changes) == 2, 'taken over once, handed back once'
    assert actions[changes[1]] == pytest.approx([-1.0, -1.0])


def test_the_emergency_button_stops_the_robot_and_no_button_releases_it(
    world: World, start: Callable[..., ActorNode], joystick: Joystick
) -> None:
    start()
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.robot.executed)
    joystick.press(0, 2)
    world.until(lambda: world.status.stop_reason == 'emergency stop')
    steps = len(world.robot.executed)
    joystick.press()
    world.next_status()
    joystick.press(1, 2)
    world.next_status()
    assert world.next_status().stop_reason == 'emergency stop'
    assert len(world.robot.executed) == steps
    assert all(stop.data for stop in joystick.stops)


def test_a_stop_that_was_let_go_is_not_remembered_by_the_joystick(
    world: World, joystick: Joystick
) -> None:
    joystick.press(0)
    world.until(lambda: joystick.stops)
    joystick.press()
    count = len(joystick.wishes)
    world.until(lambda: len(joystick.wishes) > count + 5)
    Person(world).press_emergency_stop(False)
    world.until(lambda: [stop.data for stop in joystick.stops[-2:]] == [False, False])
    late = world.spinner.node('late')
    heard = world.spinner.collect(
        late, Bool, names.EMERGENCY_STOP, qos.qos_profile_emergency_stop_heard
    )
    world.until(lambda: len(heard) == 2)
    assert not any(stop.data for stop in heard)


@pytest.mark.parametrize('axes', [[], [1.0], [float('nan'), 0.0], [2.0, 0.0]])
def test_a_joystick_that_does_not_fit_drives_nothing(
    world: World, joystick: Joystick, axes: list[float]
) -> None:
    inputs = world.diagnose('joy_teleop: inputs')
    joystick.tilt(*axes)
    joystick.press(2)
    world.until(lambda: int(inputs().get('refused_joy', 0)) > 5)
    assert 'messages refused' in inputs()['message']
    world.until(lambda: len(joystick.wishes) > 5)
    joystick.tilt(0.5, 0.5)
    world.until(lambda: inputs()['message'] == 'all that comes is used')
    assert not any(wish.active for wish in joystick.wishes)
    joystick.let_go(world)
    joystick.tilt(0.5, 0.5)
    joystick.press(2)
    world.until(lambda: joystick.wishes[-1].active)


def test_a_hand_that_touches_nothing_drives_nothing_and_the_node_names_the_axis(
    world: World, joystick: Joystick
) -> None:
    status = world.diagnose('joy_teleop: joystick')
    joystick.tilt(0.0, 1.0)
    joystick.press(2)
    world.until(lambda: 'axis 1 is at 1.00' in status().get('message', ''))
    assert status()['level'] == '1'
    assert not any(wish.active for wish in joystick.wishes)
    joystick.let_go(world)
    world.until(lambda: status()['message'] == 'counts')


def test_an_old_message_that_is_repeated_hands_back(world: World, joystick: Joystick) -> None:
    joystick.stamps = True
    joystick.let_go(world)
    joystick.tilt(0.8, 0.8)
    joystick.press(2)
    world.until(lambda: joystick.wishes[-1].active)
    joystick.stamps = False  # the newest one, again and again
    count = len(joystick.wishes)
    world.until(lambda: len(joystick.wishes) > count + 5)
    assert not any(wish.active for wish in joystick.wishes[count + 2 :])


def test_a_table_for_another_robot_ends_the_node_with_one_clear_line(
    world: World, joystick: Joystick, capsys: pytest.CaptureFixture[str]
) -> None:
    world.publish_robot(make_spec(action_dim=3))
    world.until(joystick.teleop.wants_to_end)
    assert joystick.teleop.exit_code == 2
    error = capsys.readouterr().err
    assert 'joy_teleop: error: axes must name one axis for each of the 3 numbers' in error


def test_a_bad_table_is_one_clear_line_and_exit_code_two(world: World) -> None:
    process = NodeProcess(
        'sac_actor.joy_teleop_node',
        domain_id=world.spinner.domain_id,
        parameters={**TABLE, 'emergency_button': 2},
    )
    assert process.end() == (
        2,
        'joy_teleop: error: emergency_button must not be the deadman_button, got 2\n',
    )
