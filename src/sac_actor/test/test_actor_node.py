# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor on real topics, between a fake robot and a fake learner."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
import zlib

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import numpy as np
import pytest
from sac_actor.actor_node import ActorNode
from sac_core.ros import names
from sac_core.ros.conversions import to_floats
from sac_core.ros.policy_messages import weights_to_messages
from sac_core.weights import encode_weights
from sac_interfaces import msg
from std_srvs.srv import SetBool

from .fakes import make_spec, make_weights
from .world import LEARNER_SESSION, run_to_end, World

pytestmark = pytest.mark.timeout(60)


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
    world._acks.publish(
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
    world._acks.publish(
        msg.TransitionAck(
            learner_session=LEARNER_SESSION + 1, actor_session=session, policy_version=1
        )
    )
    world.until(lambda: len(world.sequences) == 30)
    assert set(world.batches[-1].policy_versions) == {1}


def test_a_description_of_another_robot_is_refused_and_the_work_goes_on(
    world: World, start: Callable[..., ActorNode]
) -> None:
    node = start()
    world._specs.publish(msg.EnvSpec(observation_dim=2**32 - 1))  # waits for a better one
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.commands)
    for wrong in (make_spec(observation_dim=4), make_spec(env_id='Other-v0')):
        world.publish_robot(wrong)
    world._specs.publish(msg.EnvSpec())
    world.until(lambda: node._inputs.inbox.refused[names.ENV_SPEC] == 4)
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
    world.until(lambda: node._inputs.inbox.refused[names.TRANSITION_ACK] == 3)
    world.acknowledge(mine, 10, session=LEARNER_SESSION + 1)  # a learner without weights
    assert world.next_status().transitions_acked == 0
    world.acknowledge(mine, 10)
    world.until(lambda: world.status.transitions_acked == 10)


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
    world.until(lambda: node._inputs.inbox.refused[names.TRANSITION_ACK] == 1)
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
