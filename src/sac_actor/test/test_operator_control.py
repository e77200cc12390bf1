# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""People at a real actor's topics and services, while it drives a fake robot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import signal

import numpy as np
import pytest
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sac_actor.actor_node import ActorNode
from sac_core.ros.conversions import to_floats
from sac_core.ros.testing import NodeProcess
from sac_interfaces import msg
from std_msgs.msg import Bool

from .fakes import make_weights
from .person import Person
from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]
PACES = pytest.mark.parametrize('rate', [200.0, 0.0], ids=['clock', 'lockstep'])
WISH = [0.75, -0.5]
WISH_IN_ROBOTS_UNITS = [3.25, -0.5]  # its bounds are -2 and 4


@pytest.fixture
def person(world: World) -> Person:
    return Person(world)


def begin(world: World) -> None:
    """Let the robot and the learner appear, and wait until the actor drives."""
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.robot.executed and world.status.state != 'waiting')


def assert_stands_still(world: World) -> None:
    """Wait for a while in which every command is a stop and the robot does nothing."""
    world.until(lambda: world.commands and world.commands[-1].stop)
    steps, count = len(world.robot.executed), len(world.commands)
    world.until(lambda: len(world.commands) > count + 5)
    assert all(command.stop for command in world.commands[count:])
    assert len(world.robot.executed) == steps


def assert_goes_on(world: World) -> None:
    """Wait until the robot moves again, which begins with a new episode."""
    steps = len(world.robot.executed)
    world.until(lambda: len(world.robot.executed) > steps + 3)
    last_stop = max(n for n, command in enumerate(world.commands) if command.stop)
    after = world.commands[last_stop + 1 :]
    assert after[0].reset
    assert not any(command.reset for command in after[-3:])


# Who stops the robot, and who lets it go.


@PACES
def test_an_emergency_stop_holds_until_it_is_let_go_and_an_operator_releases(
    world: World, start: Callable[..., ActorNode], person: Person, rate: float
) -> None:
    start(control_rate=rate)
    begin(world)
    person.press_emergency_stop()
    assert_stands_still(world)
    world.until(lambda: world.status.state == 'holding')
    assert world.status.stop_reason == 'emergency stop'
    refused = person.set('hold', False)
    assert (refused.success, refused.message) == (False, 'emergency stop')
    person.press_emergency_stop(False)
    world.until(lambda: world.status.stop_reason == 'held by an operator')
    assert_stands_still(world)
    assert person.set('hold', False).success
    assert_goes_on(world)
    world.until(lambda: world.status.state == 'running')
    assert world.status.stop_reason == ''


def test_an_emergency_stop_from_before_the_start_is_known_to_an_actor_that_comes_late(
    world: World, start: Callable[..., ActorNode], person: Person
) -> None:
    person.press_emergency_stop()
    start()
    world.until(lambda: world.status.stop_reason == 'emergency stop')
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.status.state == 'holding')
    assert_stands_still(world)
    assert world.robot.executed == []


def test_a_short_press_of_the_emergency_stop_is_not_missed(
    world: World, start: Callable[..., ActorNode], person: Person
) -> None:
    start()
    begin(world)
    person.press_emergency_stop()
    person.press_emergency_stop(False)
    world.until(lambda: world.status.stop_reason == 'held by an operator')
    assert_stands_still(world)


@pytest.mark.parametrize('reliability', ['RELIABLE', 'BEST_EFFORT'])
def test_an_emergency_stop_from_a_publisher_of_any_qos_counts(
    world: World, start: Callable[..., ActorNode], reliability: str
) -> None:
    start()
    begin(world)
    button = world.node.create_publisher(
        Bool, 'emergency_stop', QoSProfile(depth=1, reliability=ReliabilityPolicy[reliability])
    )
    world.until(button.get_subscription_count)
    button.publish(Bool(data=True))
    assert_stands_still(world)
    world.until(lambda: world.status.stop_reason == 'emergency stop')


def test_a_hold_before_the_start_keeps_the_robot_still(
    world: World, start: Callable[..., ActorNode], person: Person
) -> None:
    start()
    assert person.set('hold', True).message == 'held by an operator'
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.status.state == 'holding')
    assert_stands_still(world)
    person.set('hold', False)
    assert_goes_on(world)


def test_a_hold_survives_a_kill_of_the_actor_and_not_its_orderly_end(
    world: World, launch: Callable[..., NodeProcess], person: Person, tmp_path: Path
) -> None:
    first = launch(state_dir=str(tmp_path), random_steps=0)
    begin(world)
    person.set('hold', True)
    first.kill()
    world.statuses.clear()
    second = launch(state_dir=str(tmp_path), random_steps=0)
    world.until(lambda: world.status.state == 'holding')
    assert_stands_still(world)
    person.set('hold', False)
    assert_goes_on(world)
    person.set('hold', True)
    second.child.send_signal(signal.SIGINT)
    world.until(lambda: second.child.poll() is not None)
    world.statuses.clear()
    launch(state_dir=str(tmp_path), random_steps=0)
    world.until(lambda: world.status.state == 'running')


def test_an_emergency_stop_beats_a_person_who_drives(
    world: World, start: Callable[..., ActorNode], person: Person
) -> None:
    start()
    begin(world)
    person.drive_on(WISH)
    world.until(lambda: world.status.intervened_steps)
    person.press_emergency_stop()
    assert_stands_still(world)


def test_an_emergency_stop_beats_an_evaluation_which_begins_its_episode_again(
    world: World, start: Callable[..., ActorNode], person: Person
) -> None:
    start(eval_episodes=2)
    begin(world)
    person.trigger('evaluate')
    world.until(lambda: world.status.state == 'evaluating')
    person.press_emergency_stop()
    assert_stands_still(world)
    person.press_emergency_stop(False)
    world.until(lambda: world.status.stop_reason == 'held by an operator')
    person.set('hold', False)
    world.until(lambda: sum(episode.evaluation for episode in world.episodes) == 2)
    assert {each.length for each in world.episodes if each.evaluation} == {20}
    assert {each.deterministic for each in world.episodes if each.evaluation} == {True}


# A person drives.


@PACES
def test_a_person_drives_while_messages_come_and_then_the_policy_goes_on(
    world: World, start: Callable[..., ActorNode], person: Person, rate: float
) -> None:
    start(control_rate=rate)
    begin(world)
    timer = person.drive_on(WISH)
    world.until(lambda: to_floats(world.commands[-1].action).tolist() == WISH_IN_ROBOTS_UNITS)
    world.until(lambda: world.status.intervened_steps > 5)
    timer.cancel()
    world.until(lambda: to_floats(world.commands[-1].action).tolist() != WISH_IN_ROBOTS_UNITS)
    count = len(world.sequences)
    world.until(lambda: len(world.sequences) > count + 20)
    driven, actions = flags(world.batches)
    assert 5 < driven.sum() < len(driven)
    assert actions[driven == 1] == pytest.approx(np.tile(WISH, (driven.sum(), 1)))
    assert {version for batch in world.batches for version in batch.policy_versions} == {1}


def flags(batches: list[msg.TransitionBatch]) -> tuple[np.ndarray, np.ndarray]:
    """Intervened flag and action of each row."""
    driven = np.concatenate([np.frombuffer(batch.intervened, np.uint8) for batch in batches])
    actions = np.concatenate([to_floats(batch.actions).reshape(-1, 2) for batch in batches])
    return driven, actions


def test_a_person_hands_back_at_once_by_letting_the_deadman_go(
    world: World, start: Callable[..., ActorNode], person: Person
) -> None:
    start(intervention_timeout=10.0)
    begin(world)
    person.drive(WISH)
    world.until(lambda: world.status.intervened_steps)
    person.drive([], active=False)
    world.until(lambda: to_floats(world.commands[-1].action).tolist() != WISH_IN_ROBOTS_UNITS)
    steps = world.next_status().intervened_steps
    assert world.next_status().intervened_steps == steps


@pytest.mark.parametrize('action', [[0.5], [0.5, float('nan')], [0.1, 0.2, 0.3]])
def test_a_malformed_wish_does_not_move_the_robot(
    world: World, start: Callable[..., ActorNode], person: Person, action: list[float]
) -> None:
    start()
    begin(world)
    inputs = world.diagnose('actor: inputs')
    person.drive(action)
    world.until(lambda: inputs().get('refused_intervention') == '1')
    assert world.next_status().intervened_steps == 0


def test_an_old_wish_that_is_repeated_does_not_move_the_robot(
    world: World, start: Callable[..., ActorNode], person: Person
) -> None:
    start()
    begin(world)
    inputs = world.diagnose('actor: inputs')
    person.drive_on(WISH, stamp=1)
    world.until(lambda: int(inputs().get('refused_intervention', 0)) > 5)
    assert world.next_status().intervened_steps == 0


# Pause, reset, evaluate.


def test_a_pause_acts_and_stores_nothing(
    world: World, start: Callable[..., ActorNode], person: Person
) -> None:
    start(transition_batch_size=1)
    begin(world)
    assert person.set('pause', True).message == 'not collecting'
    world.until(lambda: world.status.state == 'paused')
    steps, executed = world.next_status().env_steps, len(world.robot.executed)
    world.until(lambda: len(world.robot.executed) > executed + 30)
    assert world.next_status().env_steps == steps
    world.until(lambda: len(set(world.sequences)) == steps)
    person.set('pause', False)
    world.until(lambda: world.status.env_steps > steps)
    assert world.status.state == 'running'


def test_a_reset_begins_a_new_episode(
    world: World, start: Callable[..., ActorNode], person: Person
) -> None:
    world.robot = type(world.robot)(episode_length=100_000)
    start()
    waiting = person.trigger('reset')
    assert (waiting.success, waiting.message) == (False, 'waiting for observation from a bridge')
    begin(world)
    assert person.trigger('reset').success
    world.until(lambda: world.episodes)
    assert world.episodes[0].truncated
    assert world.commands[-1].episode_id == 1


@PACES
def test_a_run_ends_with_an_evaluation_that_is_not_stored(
    world: World, start: Callable[..., ActorNode], person: Person, rate: float
) -> None:
    world.acknowledging = False
    node = start(control_rate=rate, max_env_steps=45, eval_episodes=3)
    world.publish_robot()
    world.publish_weights(make_weights())
    if rate == 0:  # each turn is given; the last one with a policy that is to be measured
        for turn in (10, 20, 30, 40):
            world.until(lambda: len(world.sequences) >= turn)  # noqa: B023
            world.acknowledge(world.batches[0].actor_session, turn)
    world.until(lambda: len(world.sequences) == 45)
    if rate == 0:
        world.next_status()
        assert world.status.state != 'evaluating'
        world.acknowledge(world.batches[0].actor_session, 45, version=2)
        world.publish_weights(make_weights(version=2))
    world.until(lambda: sum(episode.evaluation for episode in world.episodes) == 3)
    world.next_status()
    if rate:
        assert not node.wants_to_end()
        world.acknowledge(world.batches[0].actor_session, 45)
    world.until(node.wants_to_end)
    assert sorted(set(world.sequences)) == list(range(45))
    assert world.status.env_steps == 45
    assert [each.evaluation for each in world.episodes] == [False] * 2 + [True] * 3
    if rate == 0:
        assert {each.policy_version for each in world.episodes if each.evaluation} == {2}


def test_an_evaluation_on_request_says_how_many_episodes_it_has(
    world: World, start: Callable[..., ActorNode], person: Person
) -> None:
    start()
    assert not person.trigger('evaluate').success
    begin(world)
    answer = person.trigger('evaluate')
    assert answer.success
    assert answer.message == '5 episodes are evaluated after the one under way'
    world.until(lambda: sum(episode.evaluation for episode in world.episodes) == 5)
    steps = world.next_status().env_steps
    world.until(lambda: world.status.env_steps > steps)
