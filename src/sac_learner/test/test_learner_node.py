# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner on real topics: what it refuses, what it acknowledges, and how its process ends."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
import signal
import subprocess
import sys
import threading
from typing import Any

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import numpy as np
import pytest
from rclpy.parameter import Parameter
from sac_core.ros import names, qos
from sac_core.ros.conversions import (
    batch_to_message,
    robot_spec_to_message,
    weights_from_message,
)
from sac_core.ros.testing import child_environment, Spinner
from sac_core.spaces import RobotSpec
from sac_core.weights import decode_weights
from sac_interfaces import msg
from sac_learner import learner_node
from sac_learner.learner_node import LearnerNode
from std_srvs.srv import Trigger

from .fakes import make_batch, make_spec

pytestmark = pytest.mark.timeout(60)
SMALL: dict[str, Any] = {
    'hidden_dims': [8],
    'batch_size': 8,
    'utd_ratio': 2,
    'training_starts': 20,
    'status_period': 0.05,
    'threads': 1,
    'replay_capacity': 10_000,
}


class World:
    """The robot's side and the actor's side of a learner's topics."""

    def __init__(self, spinner: Spinner) -> None:
        self.spinner = spinner
        node = self.node = spinner.node('world')
        self.stamp = node.get_clock().now().to_msg
        self._specs = node.create_publisher(msg.EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec)
        self.transitions = node.create_publisher(
            msg.TransitionBatch, names.TRANSITIONS, qos.qos_profile_transitions
        )
        self._actor_statuses = node.create_publisher(
            msg.ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status
        )
        collect = spinner.collect
        self.statuses: list[msg.LearnerStatus] = collect(
            node, msg.LearnerStatus, names.LEARNER_STATUS, qos.qos_profile_status
        )
        self.weights: list[msg.PolicyWeights] = collect(
            node, msg.PolicyWeights, names.POLICY_WEIGHTS, qos.qos_profile_policy_weights
        )
        self.acks: list[msg.TransitionAck] = collect(
            node, msg.TransitionAck, names.TRANSITION_ACK, qos.qos_profile_transition_ack
        )

    @property
    def status(self) -> msg.LearnerStatus:
        """The newest one, blank before the first."""
        return self.statuses[-1] if self.statuses else msg.LearnerStatus()

    def publish_robot(self, spec: RobotSpec | None = None) -> None:
        self._specs.publish(robot_spec_to_message(spec or make_spec(), self.stamp()))

    def send(self, first: int, count: int, **options: int) -> None:
        self.transitions.publish(self.message(first, count, **options))

    def message(self, first: int, count: int, **options: int) -> msg.TransitionBatch:
        return batch_to_message(make_batch(first, count, **options), self.stamp())

    def say(self, *, final: bool, session: int = 1) -> None:
        """Publish the status of an actor."""
        self._actor_statuses.publish(
            msg.ActorStatus(actor='/actor', actor_session=session, final=final)
        )

    def until(self, condition: Callable[[], Any], timeout: float = 30.0) -> Any:
        return self.spinner.until(condition, timeout)

    def until_ready(self) -> None:
        """Wait until the learner has built itself, hears everything and is heard."""
        self.until(
            lambda: (
                self.weights
                and self.statuses
                and self.transitions.get_subscription_count()
                and self._actor_statuses.get_subscription_count()
            )
        )

    def acknowledged(self, session: int = 1) -> int:
        numbers = [ack.next_sequence for ack in self.acks if ack.actor_session == session]
        return numbers[-1] if numbers else 0


@pytest.fixture
def world() -> Iterator[World]:
    with Spinner() as spinner:
        yield World(spinner)


@pytest.fixture
def start(world: World) -> Iterator[Callable[..., LearnerNode]]:
    """Start a learner in this process; the fixture ends it."""
    nodes: list[LearnerNode] = []

    def make(**parameters: Any) -> LearnerNode:
        node = LearnerNode(
            context=world.spinner.context,
            parameter_overrides=[
                Parameter(name, value=value) for name, value in {**SMALL, **parameters}.items()
            ],
        )
        nodes.append(node)
        world.spinner.add(node)
        return node

    yield make
    for node in nodes:
        node.close()


def run_to_end(world: World, node: LearnerNode) -> msg.LearnerStatus:
    """End a node as its process would; return its final status."""
    node.begin_end('SIGINT')
    world.until(node.has_ended)
    closer = threading.Thread(target=node.close)
    closer.start()
    world.until(lambda: not closer.is_alive())
    final: msg.LearnerStatus = world.until(lambda: world.status.final and world.status)
    return final


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
    policy = weights_from_message(world.weights[0])
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
    assert final.rejected_batches == 0


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


def test_another_robot_than_before_ends_it_with_one_clear_line(
    world: World, start: Callable[..., LearnerNode], capsys: pytest.CaptureFixture[str]
) -> None:
    node = start()
    world.publish_robot()
    world.until_ready()
    world.publish_robot(make_spec(action_dim=3))
    world.until(node.wants_to_end)
    final = run_to_end(world, node)
    assert node.exit_code == 1
    assert 'action_dim 2 against 3' in final.exit_reason
    errors = [line for line in capsys.readouterr().err.splitlines() if 'learner: error' in line]
    assert len(errors) == 1


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
    node._loop._save.set()
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
    world.until(lambda: world.status.env_steps == 30)
    assert (world.acknowledged(), world.status.learner_steps) == (30, 0)
    assert change(Transition.TRANSITION_ACTIVATE)
    world.until(lambda: world.status.learner_steps == 10)


def test_the_end_waits_for_what_the_actors_still_send(
    world: World, start: Callable[..., LearnerNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner_node, '_SILENT_AFTER', 1e9)
    node = start()
    world.publish_robot()
    world.until_ready()
    for session in (1, 2):
        world.say(final=False, session=session)
    world.send(0, 10)
    world.until(lambda: world.acknowledged() == 10 and len(node._active_actors) == 2)
    node.begin_end('SIGINT')
    world.say(final=True, session=2)
    world.until(lambda: len(node._active_actors) == 1)
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
    monkeypatch.setattr(learner_node, '_SILENT_AFTER', 0.2)
    node = start()
    world.publish_robot()
    world.until_ready()
    world.say(final=False)
    world.until(lambda: node._active_actors)
    world.send(0, 10)
    world.until(lambda: world.acknowledged() == 10)
    assert run_to_end(world, node).env_steps == 10


# The process as a whole.


class Process:
    """A real learner."""

    def __init__(self, domain_id: int, **parameters: object) -> None:
        values = {**SMALL, **parameters}
        overrides = [part for name, value in values.items() for part in ('-p', f'{name}:={value}')]
        self.child = subprocess.Popen(
            [sys.executable, '-m', 'sac_learner.learner_node', '--ros-args', *overrides],
            env=child_environment(domain_id),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def end(self) -> tuple[int, str]:
        output, _ = self.child.communicate(timeout=30)
        return self.child.returncode, output


@pytest.fixture
def launch(world: World) -> Iterator[Callable[..., Process]]:
    processes: list[Process] = []

    def start_process(**parameters: object) -> Process:
        processes.append(Process(world.spinner.domain_id, **parameters))
        return processes[-1]

    yield start_process
    for process in processes:
        process.child.kill()
        process.child.communicate()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order_with_a_checkpoint_of_all_that_came(
    world: World, launch: Callable[..., Process], tmp_path: Path, number: signal.Signals
) -> None:
    process = launch(checkpoint_dir=str(tmp_path))
    world.publish_robot()
    world.until_ready()
    world.say(final=False)
    world.send(0, 30)
    world.until(lambda: world.status.learner_steps == 10)
    process.child.send_signal(number)
    world.send(30, 12)
    world.until(lambda: world.acknowledged() == 42)
    world.say(final=True)
    final = world.until(lambda: world.status.final and world.status)
    code, output = process.end()
    assert (code, final.exit_reason, final.env_steps) == (0, number.name, 42)
    policy = decode_weights((tmp_path / 'latest' / 'policy.safetensors').read_bytes())
    assert policy.env_steps == 42
    assert 'Traceback' not in output


def test_a_signal_while_it_waits_ends_it_in_order(
    world: World, launch: Callable[..., Process]
) -> None:
    process = launch()
    world.until(lambda: world.statuses)
    process.child.send_signal(signal.SIGINT)
    world.until(lambda: world.status.final)
    code, output = process.end()
    assert code == 0
    assert 'waiting for env_spec from a bridge' in output


def test_a_bad_parameter_is_one_clear_line_and_exit_code_two(
    launch: Callable[..., Process],
) -> None:
    code, output = launch(batch_size=20_000).end()
    assert code == 2
    assert output.strip() == (
        'learner: error: batch_size must be at most replay_capacity (10000), got 20000'
    )


@pytest.mark.parametrize(
    ('parameters', 'message'),
    [
        ({'tau': 1.5}, 'tau must be in .* got 1.5'),
        ({'hidden_dims': [64, 0]}, r'hidden_dims must be .* got \(64, 0\)'),
        ({'target_subset': 3}, r'target_subset must be at most num_critics \(2\), got 3'),
        ({'training_starts': 20_000}, 'training_starts must be at most replay_capacity'),
        ({'actor_q': 'max'}, "actor_q must be one of .* got 'max'"),
        ({'batch_size': 8.5}, 'batch_size must be an integer, got 8.5'),
        ({'utd_ration': 8}, 'unknown parameters .*utd_ration'),
    ],
)
def test_a_bad_parameter_is_named_with_its_value(
    start: Callable[..., LearnerNode], parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        start(**parameters)
