# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor between learners: one dies, another takes its place, a third is an impostor."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sac_actor.actor_node import ActorNode
from sac_core.ros import names
from sac_core.ros.policy_messages import weights_to_messages
from sac_interfaces import msg

from .fakes import make_weights
from .world import LEARNER_SESSION, World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


def test_a_learner_that_comes_back_gets_what_its_predecessor_did_not_acknowledge(
    world: World, start: Callable[..., ActorNode]
) -> None:
    world.acknowledging = False
    start(max_env_steps=30, resend_timeout=60.0)
    world.publish_robot()
    world.publish_weights(make_weights(version=7))
    world.until(lambda: len(world.sequences) == 30)
    session = world.batches[0].actor_session
    world.acknowledge(session, 10)
    world.until(lambda: world.status.transitions_acked == 10)
    world.publish_weights(make_weights(version=1), session=LEARNER_SESSION + 1)
    world.until(lambda: len(world.sequences) == 50)
    assert world.sequences[30:] == list(range(10, 30))


def test_in_lockstep_it_waits_for_each_turn_and_goes_on_with_another_learner(
    world: World, start: Callable[..., ActorNode]
) -> None:
    world.acknowledging = False
    start(control_rate=0.0)
    world.publish_robot()
    world.publish_weights(make_weights(version=5))
    world.until(lambda: len(world.sequences) == 10)
    world.next_status()
    assert len(world.sequences) == 10
    session = world.batches[0].actor_session
    world.acknowledge(session, 10)
    world.until(lambda: len(world.sequences) == 20)
    # The learner dies when it has stored these, and before it has trained on them.
    world.acks.publish(
        msg.TransitionAck(
            learner_session=LEARNER_SESSION,
            actor_session=session,
            next_sequence=20,
            trained_sequence=10,
            policy_version=6,
        )
    )
    world.next_status()
    assert len(world.sequences) == 20
    # The next one remembers nothing. It tells each actor that it hears of how far it is.
    world.publish_weights(make_weights(version=1), session=LEARNER_SESSION + 1)
    world.next_status()
    assert len(world.sequences) == 20
    world.acks.publish(
        msg.TransitionAck(
            learner_session=LEARNER_SESSION + 1, actor_session=session, policy_version=1
        )
    )
    world.until(lambda: len(world.sequences) == 30)
    assert set(world.batches[-1].policy_versions) == {1}


def test_a_learner_that_was_replaced_is_not_heard_any_more(
    world: World, start: Callable[..., ActorNode]
) -> None:
    node = start()
    world.publish_robot()
    world.publish_weights(make_weights(version=7))
    world.until(lambda: world.batches)
    # Its acknowledgement may overtake its weights, which are more.
    mine, world.acknowledging = world.batches[0].actor_session, False
    world.acknowledge(mine, 10, session=LEARNER_SESSION + 1)
    world.publish_weights(make_weights(version=1), session=LEARNER_SESSION + 1)
    world.until(lambda: world.status.policy_version == 1 and world.status.transitions_acked >= 10)
    world.publish_weights(make_weights(version=6))
    world.until(lambda: world.status.rejected_weights >= 1)
    world.acknowledge(mine, 10, session=LEARNER_SESSION)
    world.until(lambda: node.inputs.inbox.refused[names.TRANSITION_ACK] == 1)
    assert world.status.policy_version == 1


def test_a_learner_that_goes_on_training_takes_its_place_back(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start()
    world.publish_robot()
    world.publish_weights(make_weights(version=7))
    world.until(lambda: world.batches)
    world.publish_weights(make_weights(version=1), session=LEARNER_SESSION + 1)  # an impostor
    world.until(lambda: world.status.policy_version == 1)
    world.publish_weights(make_weights(version=8))
    world.until(lambda: world.status.policy_version == 8)
    acked = world.status.transitions_acked
    world.until(lambda: world.status.transitions_acked > acked)


def test_lockstep_says_that_it_waits_for_a_policy_that_was_refused(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start(control_rate=0.0)
    world.publish_robot()
    world.publish_weights(make_weights(version=1))
    world.until(lambda: world.batches)
    world.acknowledging = False
    mine = world.batches[-1].actor_session
    for message in weights_to_messages(
        make_weights(version=2), learner_session=LEARNER_SESSION, stamp=world.stamp()
    ):
        message.crc32 ^= 1
        world.weights.publish(message)
    world.acknowledge(mine, 10, version=2)
    expected = 'policy_weights v2 (v2 refused: checksum of policy version 2 does not match)'
    world.until(lambda: world.status.waiting_for == expected)
    world.publish_weights(make_weights(version=2))
    world.until(lambda: world.status.policy_version == 2 and not world.status.waiting_for)
