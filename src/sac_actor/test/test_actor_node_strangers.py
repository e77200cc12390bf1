# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor among nodes that are none of its run's, and among two of a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sac_actor.actor_node import ActorNode
from sac_core.ros import names, qos
from sac_core.ros.conversions import robot_spec_to_message, to_array
from sac_core.ros.policy_messages import weights_to_messages
from sac_interfaces import msg

from .fakes import make_spec, make_weights
from .world import LEARNER_SESSION, World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]

RUN, OTHER_RUN, OTHER_BRIDGE = 5, 6, 77


def publish_spec(world: World, *, run_id: int, session: int) -> None:
    spec = replace(make_spec(), bridge_session=session)
    message = robot_spec_to_message(spec, world.stamp(), run_id=run_id)
    message.process = f'/sim_bridge, process {session} on lab'
    world.specs.publish(message)


def publish_weights(world: World, *, run_id: int, version: int) -> None:
    for piece in weights_to_messages(
        make_weights(version=version),
        run_id=run_id,
        learner_session=LEARNER_SESSION,
        stamp=world.stamp(),
    ):
        world.weights.publish(piece)


def speak_as_other_bridge(world: World) -> None:
    observed = replace(world.robot.newest, bridge_session=OTHER_BRIDGE)
    world.observations.publish(world.to_message(observed))


def test_bridge_weights_and_acknowledgements_of_another_run_are_refused_before_anything_moves(
    world: World, start: Callable[..., ActorNode]
) -> None:
    inputs = world.diagnose('actor: inputs')
    start(run_id=RUN)
    publish_spec(world, run_id=OTHER_RUN, session=world.robot.session)
    world.robot_is_there = True
    publish_weights(world, run_id=OTHER_RUN, version=3)
    world.acknowledge(1, 0)
    for topic in ('env_spec', 'observation', 'policy_weights', 'transition_ack'):
        world.until(lambda topic=topic: inputs().get(f'refused_{topic}', '0') != '0')
    assert world.next_status().state == 'waiting'
    assert not world.commands


def test_it_says_to_which_run_it_belongs(world: World, start: Callable[..., ActorNode]) -> None:
    start(run_id=RUN)
    publish_spec(world, run_id=RUN, session=world.robot.session)
    world.robot_is_there = True
    publish_weights(world, run_id=RUN, version=3)
    world.until(lambda: world.batches and world.episodes)
    told = (world.status, world.batches[0], world.episodes[0], world.commands[0])
    assert [each.run_id for each in told] == [RUN] * 4


def test_a_second_bridge_that_lives_beside_the_first_is_refused_and_never_driven(
    world: World, start: Callable[..., ActorNode]
) -> None:
    inputs = world.diagnose('actor: inputs')
    start()
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.batches)
    publish_spec(world, run_id=0, session=OTHER_BRIDGE)
    for _ in range(5):
        speak_as_other_bridge(world)
        count = len(world.sequences)
        world.until(lambda count=count: len(world.sequences) >= count + 10)
    world.until(lambda: int(inputs().get('refused_observation', 0)) >= 5)
    assert OTHER_BRIDGE not in {command.bridge_session for command in world.commands}


def test_two_bridges_at_the_start_are_named_and_neither_moves(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start()
    world.publish_robot()
    publish_spec(world, run_id=0, session=OTHER_BRIDGE)
    beat = world.node.create_timer(0.1, lambda: speak_as_other_bridge(world))
    world.until(lambda: 'one bridge alone' in world.status.waiting_for)
    world.publish_weights(make_weights())
    waiting_for = world.next_status().waiting_for
    assert str(OTHER_BRIDGE) in waiting_for
    assert str(world.robot.session) in waiting_for
    assert not world.commands
    beat.cancel()
    world.until(lambda: world.batches)  # one of them has gone


def test_a_learner_that_took_the_place_of_one_that_lives_is_never_obeyed_again(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start()
    world.publish_robot()
    world.publish_weights(make_weights(version=7))
    world.until(lambda: world.batches)
    world.publish_weights(make_weights(version=1), session=LEARNER_SESSION + 1)
    world.until(lambda: world.status.policy_version == 1)
    world.publish_weights(make_weights(version=8))
    world.until(lambda: world.status.policy_version == 8)
    world.publish_weights(make_weights(version=2), session=LEARNER_SESSION + 1)
    world.until(lambda: world.status.rejected_weights > 0)
    world.publish_weights(make_weights(version=9))
    world.until(lambda: world.status.policy_version == 9)


def test_of_two_devices_the_one_that_drives_keeps_the_robot_until_it_hands_back(
    world: World, start: Callable[..., ActorNode]
) -> None:
    wishes = world.node.create_publisher(
        msg.Intervention, names.INTERVENTION, qos.qos_profile_intervention
    )
    inputs = world.diagnose('actor: inputs')
    start(intervention_timeout=10.0)
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.batches and wishes.get_subscription_count())

    def wish(device: int, value: float, *, active: bool = True, run_id: int = 0) -> None:
        action = to_array(make_spec().action_high * 0 + value)
        wishes.publish(
            msg.Intervention(run_id=run_id, device_session=device, active=active, action=action)
        )

    def drives(value: float) -> bool:
        """Whether the newest transition is that of a person who wanted this."""
        batch = world.batches[-1]
        return bool(batch.intervened[-1]) and abs(batch.actions[-1] - value) < 1e-3

    wish(1, 0.25)
    world.until(lambda: drives(0.25))
    wish(2, -0.25)
    world.until(lambda: inputs().get('refused_intervention') == '1')
    wish(2, 0.0, active=False)  # its deadman is not held, which hands back nothing
    wish(3, -0.25, run_id=OTHER_RUN)
    world.until(lambda: inputs().get('refused_intervention') == '2')
    count = len(world.batches)
    world.until(lambda: len(world.batches) > count + 1)
    assert drives(0.25)
    wish(1, 0.0, active=False)
    world.until(lambda: not world.batches[-1].intervened[-1])
    wish(2, -0.25)
    world.until(lambda: drives(-0.25))
