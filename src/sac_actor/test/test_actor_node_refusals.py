# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the actor refuses on its topics: it is counted, and the robot goes on."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
import zlib

import numpy as np
import pytest
from rclpy.qos import qos_profile_sensor_data
from sac_actor.actor_node import ActorNode
from sac_core.ros import names
from sac_core.ros.conversions import to_floats
from sac_core.ros.policy_messages import weights_to_messages
from sac_core.weights import encode_weights
from sac_interfaces import msg

from .fakes import make_spec, make_weights
from .world import LEARNER_SESSION, World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


@pytest.mark.parametrize(
    'spoil',
    [
        pytest.param(lambda message: setattr(message, 'crc32', message.crc32 ^ 1), id='checksum'),
        pytest.param(lambda message: setattr(message, 'version', 9), id='version'),
        pytest.param(lambda message: message.data.pop(), id='cut off'),
        pytest.param(lambda message: _sign(message, array('B', b'')), id='empty'),
        pytest.param(lambda message: _sign(message, array('B', b'\xff' * 100)), id='noise'),
        pytest.param(lambda message: _sign(message, _policy(tensor=np.nan)), id='not finite'),
        pytest.param(lambda message: _sign(message, _policy(observation_dim=4)), id='dims'),
        pytest.param(lambda message: _sign(message, _policy(action_dim=1)), id='action dims'),
    ],
)
def test_bad_weights_are_refused_and_counted_and_the_old_policy_stays(
    world: World, start: Callable[..., ActorNode], spoil: Callable[[msg.PolicyWeights], None]
) -> None:
    start()
    world.publish_robot()
    world.publish_weights(make_weights(version=1))
    world.until(lambda: world.status.state == 'running')
    (message,) = weights_to_messages(
        make_weights(version=2), learner_session=LEARNER_SESSION, stamp=world.stamp()
    )
    spoil(message)
    world.weights.publish(message)
    world.until(lambda: world.status.rejected_weights == 1)
    count = len(world.sequences)
    world.until(lambda: len(world.sequences) > count + 10)
    assert world.status.policy_version == 1
    assert set(world.batches[-1].policy_versions) == {1}
    world.publish_weights(make_weights(version=3))
    world.until(lambda: world.status.policy_version == 3)
    assert world.status.rejected_weights == 1


def _policy(*, tensor: float | None = None, **dims: int) -> array[int]:
    weights = make_weights(version=2, **dims)
    data = encode_weights(weights)
    if tensor is not None:
        bias = weights.tensors['mean.bias'].tobytes()
        spoiled = np.full_like(weights.tensors['mean.bias'], tensor).tobytes()
        assert data.count(bias) == 1
        data = data.replace(bias, spoiled)
    return array('B', data)


def _sign(message: msg.PolicyWeights, data: array[int]) -> None:
    """Give a message other data, with the checksum that belongs to it."""
    message.data, message.size = data, len(data)
    message.crc32 = zlib.crc32(data.tobytes())


@pytest.mark.parametrize(
    'spoil',
    [
        pytest.param(lambda message: setattr(message, 'reward', float('nan')), id='reward'),
        pytest.param(
            lambda message: message.observation.__setitem__(1, float('inf')), id='infinite'
        ),
        pytest.param(lambda message: message.observation.append(0.0), id='too long'),
        pytest.param(lambda message: message.observation.pop(), id='too short'),
    ],
)
def test_a_bad_observation_is_not_acted_on(
    world: World, start: Callable[..., ActorNode], spoil: Callable[[msg.Observation], None]
) -> None:
    start()
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: len(world.sequences) >= 10)
    bad = world.to_message(replace(world.robot.newest, episode_id=1000, step=0))
    spoil(bad)
    for _ in range(3):
        world.observations.publish(bad)
    count = len(world.sequences)
    world.until(lambda: len(world.sequences) >= count + 20)
    assert world.status.refused_observations == 3
    assert all(command.episode_id < 1000 for command in world.commands)
    for batch in world.batches:
        assert np.isfinite(to_floats(batch.rewards)).all()
        assert np.isfinite(to_floats(batch.next_observations)).all()


def test_a_description_of_another_robot_is_refused_and_the_work_goes_on(
    world: World, start: Callable[..., ActorNode]
) -> None:
    node = start()
    world.specs.publish(msg.EnvSpec(observation_dim=2**32 - 1))  # waits for a better one
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.commands)
    for wrong in (make_spec(observation_dim=4), make_spec(env_id='Other-v0')):
        world.publish_robot(wrong)
    world.specs.publish(msg.EnvSpec())
    world.until(lambda: node.inputs.inbox.refused[names.ENV_SPEC] == 4)
    count = len(world.sequences)
    world.until(lambda: len(world.sequences) > count + 10)
    assert not node.wants_to_end()


def test_what_a_bridge_without_a_description_says_is_refused(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start()
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.status.state == 'running')
    session = world.robot.newest.bridge_session
    for change in ({'bridge_session': session + 1}, {'episode_id': 2**63 - 1}):
        world.observations.publish(world.to_message(replace(world.robot.newest, **change)))
    world.until(lambda: world.status.refused_observations == 2)
    count = len(world.sequences)
    world.until(lambda: len(world.sequences) > count + 10)


def test_an_impossible_acknowledgement_frees_nothing(
    world: World, start: Callable[..., ActorNode]
) -> None:
    world.acknowledging = False
    node = start()
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.batches)
    mine = world.batches[0].actor_session
    for change in (
        {'session': LEARNER_SESSION, 'sequence': 2**62},
        {'session': LEARNER_SESSION, 'sequence': 0, 'version': 2**62},
        {'session': 0, 'sequence': 10},
    ):
        world.acknowledge(mine, **change)
    world.until(lambda: node.inputs.inbox.refused[names.TRANSITION_ACK] == 3)
    world.acknowledge(mine, 10, session=LEARNER_SESSION + 1)  # a learner without weights
    assert world.next_status().transitions_acked == 0
    world.acknowledge(mine, 10)
    world.until(lambda: world.status.transitions_acked == 10)


def test_a_robot_that_cannot_be_heard_is_named_by_the_actor_that_waits_for_it(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start()
    robot = world.spinner.node('my_robot')
    robot.create_publisher(msg.Observation, names.OBSERVATION, qos_profile_sensor_data)
    expected = '/my_robot publishes observation best effort, wanted reliable'
    world.until(lambda: expected in world.status.waiting_for)
