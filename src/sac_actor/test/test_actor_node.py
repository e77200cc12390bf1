# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor on real topics, between a fake robot and a fake learner."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import pytest
from sac_actor.actor_node import ActorNode
from std_srvs.srv import SetBool

from .fakes import make_weights
from .world import run_to_end, World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


def test_it_says_what_it_waits_for(world: World, start: Callable[..., ActorNode]) -> None:
    start()
    status = world.next_status()
    assert (status.state, status.waiting_for) == ('waiting', 'observation from a bridge')
    world.publish_robot()
    world.until(lambda: world.status.waiting_for == 'policy_weights from a learner')
    assert world.commands == []
    world.publish_weights(make_weights())
    world.until(lambda: world.status.state == 'running')
    assert world.status.waiting_for == ''
    world.until(lambda: world.commands)


def test_a_learner_and_a_robot_that_were_there_first_are_found(
    world: World, start: Callable[..., ActorNode]
) -> None:
    world.publish_weights(make_weights())
    world.publish_robot()
    world.until(lambda: world.robot_is_there)
    start()
    world.until(lambda: world.commands)


def test_every_step_arrives_once_in_order_and_the_end_comes_when_all_is_stored(
    world: World, start: Callable[..., ActorNode]
) -> None:
    world.acknowledging = False
    node = start(max_env_steps=45)
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: len(world.sequences) >= 45)
    world.next_status()
    assert not node.wants_to_end()
    world.acknowledge(world.batches[0].actor_session, 45)
    world.until(node.wants_to_end)
    run_to_end(world, node)
    final = world.until(lambda: world.status.final and world.status)
    assert sorted(set(world.sequences)) == list(range(45))
    assert final.exit_reason == 'max_env_steps'
    assert (final.state, final.env_steps, final.transitions_acked) == ('finished', 45, 45)
    assert [episode.length for episode in world.episodes] == [20, 20]
    assert world.episodes[0].episode_return == sum(range(1, 21))
    assert world.episodes[0].actor == '/actor'
    assert node.exit_code == 0


def test_hold_stops_the_robot_and_release_begins_an_episode(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start()
    client = world.node.create_client(SetBool, '/actor/hold')
    world.until(client.service_is_ready)

    def call(hold: bool) -> SetBool.Response:
        future = client.call_async(SetBool.Request(data=hold))
        world.until(future.done)
        return future.result()

    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.commands)
    assert call(True).success
    world.until(lambda: world.status.state == 'holding')
    assert world.status.stop_reason == 'held by an operator'
    world.next_status()
    count, steps = len(world.commands), len(world.robot.executed)
    world.next_status()
    assert all(command.stop for command in world.commands[count:])
    assert len(world.robot.executed) == steps
    call(False)
    world.until(lambda: len(world.robot.executed) > steps)
    # A command is repeated until it is answered, so the reset may be seen more than once.
    after = [command.reset for command in world.commands[count:] if not command.stop]
    assert [reset for reset, _ in groupby(after)][:2] == [True, False]


def test_deactivating_stops_the_commands_and_activating_goes_on(
    world: World, start: Callable[..., ActorNode]
) -> None:
    node = start()
    client = world.node.create_client(ChangeState, '/actor/change_state')
    world.until(client.service_is_ready)
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.commands)

    def change(transition: int) -> bool:
        request = ChangeState.Request(transition=Transition(id=transition))
        future = client.call_async(request)
        world.until(future.done)
        return bool(future.result().success)

    for _ in range(2):
        assert change(Transition.TRANSITION_DEACTIVATE)
        world.next_status()
        count, steps = len(world.commands), world.status.env_steps
        assert world.next_status().state == 'waiting'
        assert len(world.commands) == count
        assert world.commands[-1].stop
        assert change(Transition.TRANSITION_ACTIVATE)
        world.until(lambda: world.status.env_steps > steps + 10)  # noqa: B023
    assert change(Transition.TRANSITION_DEACTIVATE)
    assert change(Transition.TRANSITION_CLEANUP)
    assert change(Transition.TRANSITION_CONFIGURE)
    assert change(Transition.TRANSITION_ACTIVATE)
    steps = world.status.env_steps
    world.until(lambda: world.status.env_steps > steps + 10)
    run_to_end(world, node)
    numbers = world.sequences
    assert sorted(set(numbers)) == list(range(len(set(numbers))))


def test_its_last_status_comes_when_all_is_stored_and_not_before(
    world: World, start: Callable[..., ActorNode]
) -> None:
    world.acknowledging = False
    node = start(max_env_steps=25)
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: len(world.sequences) >= 25)
    node.begin_end('SIGINT')
    assert world.next_status().state == 'finished'
    assert not node.has_ended()
    assert not world.status.final
    world.acknowledge(world.batches[0].actor_session, 25)
    world.until(node.has_ended)
    node.close()
    world.until(lambda: world.status.final)
