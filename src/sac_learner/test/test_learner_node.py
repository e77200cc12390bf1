# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner on real topics: what it refuses, what it acknowledges."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import numpy as np
import pytest
from sac_core.ros import names
from sac_core.ros.conversions import robot_spec_to_message
from sac_core.ros.policy_messages import PolicyReader
from sac_core.weights import decode_weights
from sac_interfaces import msg
from sac_learner import active_actors
from sac_learner.learner_node import LearnerNode
from std_srvs.srv import SetBool, Trigger

from .fakes import make_spec
from .world import run_to_end, World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


def test_it_says_what_it_waits_for(world: World, start: Callable[..., LearnerNode]) -> None:
    start()
    status = world.until(lambda: world.statuses and world.status)
    assert (status.state, status.waiting_for) == ('waiting', 'env_spec from a bridge')
    assert np.isnan(status.critic_loss)
    world.publish_robot()
    world.until(lambda: world.status.waiting_for == 'transitions from an actor')
    world.send(0, 5)
    world.until(lambda: world.status.waiting_for == 'replay buffer 5/20')
    assert world.status.state == 'filling'
    world.send(5, 25)
    world.until(lambda: world.status.learner_steps == 10)
    status = world.status
    assert (status.state, status.waiting_for) == ('training', '')
    assert (status.critic_updates, status.measured_utd, status.target_utd) == (20, 2.0, 2.0)
    assert np.isfinite([status.critic_loss, status.actor_loss, status.entropy]).all()


def test_a_robot_that_was_there_first_is_found(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    world.publish_robot()
    start()
    world.until(lambda: world.weights)
    policy = PolicyReader().read(world.weights[0])
    assert (policy.version, policy.learner_steps) == (1, 0)
    assert (policy.architecture.observation_dim, policy.architecture.action_dim) == (3, 2)


def test_an_actor_that_was_there_first_sends_again_what_it_sent_to_nobody(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    world.send(0, 30)
    start()
    world.publish_robot()
    world.until_ready()
    world.send(30, 30)  # what came before is missing, so that this is refused, too
    world.until(lambda: world.acks)
    assert world.acknowledged() == 0
    world.send(0, 30)
    world.send(30, 30)
    world.until(lambda: world.acknowledged() == 60)


def test_each_transition_is_stored_once_and_the_others_are_counted(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    node = start()
    world.publish_robot()
    world.until_ready()
    for first in (0, 0, 10, 5, 30, 20):
        world.send(first, 10)
    world.send(0, 7, session=2)
    world.send(50, 10, oldest=45)
    world.send(45, 15, oldest=45)
    world.until(lambda: world.acknowledged() == 60)
    final = run_to_end(world, node)
    assert (world.acknowledged(1), world.acknowledged(2)) == (60, 7)
    # 30 of the first 60, then 15 are lost for good, then 15; and 7 of the second session.
    assert (final.env_steps, final.lost, final.duplicates) == (52, 15, 20)
    assert final.transitions_received == 6 * 10 + 7 + 10 + 15
    assert (final.out_of_order, final.rejected_batches) == (2, 0)


def spoil(**fields: Any) -> Callable[[msg.TransitionBatch], None]:
    def change(message: msg.TransitionBatch) -> None:
        for name, value in fields.items():
            setattr(message, name, value)

    return change


def poke(name: str, value: float) -> Callable[[msg.TransitionBatch], None]:
    return lambda message: getattr(message, name).__setitem__(3, value)


ARRAYS = (
    'observations actions rewards next_observations terminated truncated episode_ids'
    ' policy_versions'
).split()
MALFORMED = {
    'no rows': spoil(count=0),
    'count too large': spoil(count=11),
    'count enormous': spoil(count=2**32 - 1),
    'no session': spoil(actor_session=0),
    'oldest after first': spoil(oldest_sequence=1),
    'observation_dim': spoil(observation_dim=4),
    'action_dim': spoil(action_dim=0),
    'dims swapped': spoil(observation_dim=2, action_dim=3),
    'action out of bounds': poke('actions', 1.5),
    'terminated 2': poke('terminated', 2),
    'truncated 255': poke('truncated', 255),
    **{
        f'{name} {value}': poke(name, value)
        for name in ('observations', 'actions', 'rewards', 'next_observations')
        for value in (float('nan'), float('inf'), float('-inf'))
    },
    **{f'{name} too short': (lambda m, name=name: getattr(m, name).pop()) for name in ARRAYS},
    **{f'{name} too long': (lambda m, name=name: getattr(m, name).append(0)) for name in ARRAYS},
    **{
        f'{name} empty': (lambda m, name=name: setattr(m, name, array(getattr(m, name).typecode)))
        for name in ARRAYS
    },
}


def test_malformed_batches_of_every_kind_are_refused_and_counted_and_never_stored(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    node = start()
    world.publish_robot()
    world.until_ready()
    world.send(0, 10, session=2)
    for number, change in enumerate(MALFORMED.values()):
        message = world.message(0, 10)
        change(message)
        world.transitions.publish(message)
        world.until(
            lambda: world.status.rejected_batches == number + 1  # noqa: B023
        )
    world.send(10, 10, session=2)
    world.until(lambda: world.acknowledged(2) == 20)
    final = run_to_end(world, node)
    assert final.rejected_batches == len(MALFORMED)
    assert (final.env_steps, final.transitions_received) == (20, 20)
    assert {ack.actor_session for ack in world.acks} == {2}
    assert node.exit_code == 0


def test_in_lockstep_the_turn_comes_with_the_policy_that_was_trained_on_everything(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    start(lockstep=True)
    world.publish_robot()
    world.until_ready()
    for number in range(4):
        world.send(10 * number, 10)
        goal = 10 * number + 10
        world.until(lambda: world.acks and world.acks[-1].trained_sequence == goal)  # noqa: B023
        version = world.acks[-1].policy_version
        world.until(lambda: world.weights[-1].version >= version)  # noqa: B023
        assert world.weights[-1].version == version
        assert world.weights[-1].learner_steps == max(0, goal - 20)


def test_a_description_of_another_robot_is_refused_and_the_work_goes_on(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    node = start()
    world.specs.publish(msg.EnvSpec(observation_dim=2**32 - 1))  # waits for a better one
    world.publish_robot()
    world.until_ready()
    world.publish_robot(make_spec(action_dim=3))
    world.specs.publish(msg.EnvSpec())
    world.until(lambda: node.inbox.refused[names.ENV_SPEC] == 3)
    world.send(0, 30)
    world.until(lambda: world.acknowledged() == 30)
    assert not node.wants_to_end()


def test_a_failure_of_the_training_ends_it_with_a_final_status(
    world: World,
    start: Callable[..., LearnerNode],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise FloatingPointError('the loss is gone')

    monkeypatch.setattr('sac_learner.learner.Learner.train', fail)
    node = start()
    world.publish_robot()
    world.until(node.wants_to_end)
    final = run_to_end(world, node)
    assert node.exit_code == 1
    assert 'the loss is gone' in final.exit_reason
    assert 'learner: error: training failed' in capsys.readouterr().err


def test_checkpoints_on_request_hold_the_published_kind_of_policy(
    world: World, start: Callable[..., LearnerNode], tmp_path: Path
) -> None:
    start(checkpoint_dir=str(tmp_path / 'checkpoints'))
    client = world.node.create_client(Trigger, '/learner/save_checkpoint')
    world.until(client.service_is_ready)

    def save() -> Trigger.Response:
        future = client.call_async(Trigger.Request())
        world.until(future.done)
        return future.result()

    assert not save().success
    world.publish_robot()
    world.until_ready()
    world.send(0, 30)
    world.until(lambda: world.status.learner_steps == 10)
    assert save().success
    policy = tmp_path / 'checkpoints' / 'latest' / 'policy.safetensors'
    world.until(policy.exists)
    assert decode_weights(policy.read_bytes()).learner_steps == 10


def test_a_checkpoint_that_cannot_be_written_does_not_end_the_training(
    world: World, start: Callable[..., LearnerNode], tmp_path: Path
) -> None:
    blocked = tmp_path / 'checkpoints'
    blocked.write_text('a file where the directory should be')
    node = start(checkpoint_dir=str(blocked), checkpoint_period=1.0)
    world.publish_robot()
    world.until_ready()
    node.loop.save_checkpoint()
    world.send(0, 30)
    world.until(lambda: world.status.learner_steps == 10)
    final = run_to_end(world, node)
    assert (node.exit_code, final.env_steps) == (0, 30)


def test_deactivating_stops_the_training_and_not_the_storing(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    start()
    world.publish_robot()
    world.until_ready()
    client = world.node.create_client(ChangeState, '/learner/change_state')
    world.until(client.service_is_ready)

    def change(transition: int) -> bool:
        request = ChangeState.Request(transition=Transition(id=transition))
        future = client.call_async(request)
        world.until(future.done)
        return bool(future.result().success)

    assert change(Transition.TRANSITION_DEACTIVATE)
    world.send(0, 30)
    world.until(lambda: (world.acknowledged(), world.status.env_steps) == (30, 30))
    assert world.status.learner_steps == 0
    assert change(Transition.TRANSITION_ACTIVATE)
    world.until(lambda: world.status.learner_steps == 10)


def test_the_end_waits_for_what_the_actors_still_send(
    world: World, start: Callable[..., LearnerNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(active_actors, 'SILENT_AFTER', 1e9)
    node = start()
    world.publish_robot()
    world.until_ready()
    for session in (1, 2):
        world.say(final=False, session=session)
    world.send(0, 10)
    world.until(lambda: world.acknowledged() == 10 and len(node.active_actors) == 2)
    node.begin_end('SIGINT')
    world.say(final=True, session=2)
    world.until(lambda: len(node.active_actors) == 1)
    assert not node.has_ended()
    world.send(10, 3)
    world.until(lambda: world.acknowledged() == 13)
    count = len(world.statuses)
    world.until(lambda: len(world.statuses) > count + 2)
    assert not any(status.final for status in world.statuses)
    world.say(final=True, session=1)
    final = run_to_end(world, node)
    assert final.env_steps == 13
    assert [status.final for status in world.statuses].count(True) == 1


def test_the_end_does_not_wait_for_an_actor_that_fell_silent(
    world: World, start: Callable[..., LearnerNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(active_actors, 'SILENT_AFTER', 0.2)
    node = start()
    world.publish_robot()
    world.until_ready()
    world.say(final=False)
    world.until(lambda: node.active_actors)
    world.send(0, 10)
    world.until(lambda: world.acknowledged() == 10)
    assert run_to_end(world, node).env_steps == 10


def test_an_operator_pauses_the_training_and_not_the_storing(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    start()
    client = world.node.create_client(SetBool, '/learner/pause')
    world.until(client.service_is_ready)

    def pause(value: bool) -> str:
        future = client.call_async(SetBool.Request(data=value))
        world.until(future.done)
        return str(future.result().message)

    assert pause(True) == 'storing, not training'
    world.publish_robot()
    world.until_ready()
    world.send(0, 30)
    world.until(lambda: (world.acknowledged(), world.status.env_steps) == (30, 30))
    assert (world.status.state, world.status.learner_steps) == ('paused', 0)
    assert pause(False) == 'training'
    world.until(lambda: world.status.learner_steps == 10)
    assert world.status.state == 'training'
    pause(True)
    world.send(30, 10)
    world.until(lambda: world.status.env_steps == 40)
    assert world.status.learner_steps == 10


def test_what_belongs_to_another_run_is_neither_stored_nor_learned_about(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    node = start(run_id=5)
    stranger = robot_spec_to_message(make_spec(), world.stamp(), run_id=6)
    world.specs.publish(stranger)
    refused = node.inbox.refused
    world.until(lambda: refused[names.ENV_SPEC] == 1)
    world.until(lambda: world.status.waiting_for == 'env_spec from a bridge')
    world.specs.publish(robot_spec_to_message(make_spec(), world.stamp(), run_id=5))
    world.until(lambda: world.status.waiting_for == 'transitions from an actor')
    world.send(0, 5)
    world.until(lambda: refused[names.TRANSITIONS] == 1)
    mine = world.message(0, 5, session=2)
    mine.run_id = 5
    world.transitions.publish(mine)
    world.until(lambda: world.status.env_steps == 5 and world.acks)
    assert world.status.transitions_received == 5
    assert {each.actor_session for each in world.acks} == {2}
    assert {each.run_id for each in (*world.acks, *world.weights, world.status)} == {5}
