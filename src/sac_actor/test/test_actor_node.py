# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor on real topics, between a fake robot and a fake learner, and how its process ends."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
import signal
import subprocess
import sys
from typing import Any
import zlib

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import numpy as np
import pytest
from rclpy.parameter import Parameter
from sac_actor.actor_node import ActorNode
from sac_actor.control_loop import Decision
from sac_core.observed import Observed
from sac_core.ros import names, qos
from sac_core.ros.conversions import (
    robot_spec_to_message,
    to_array,
    to_floats,
    weights_to_message,
)
from sac_core.ros.testing import child_environment, Spinner
from sac_core.spaces import RobotSpec
from sac_core.weights import encode_weights, PolicyWeights
from sac_interfaces import msg
from std_srvs.srv import SetBool

from .fakes import FakeRobot, make_spec, make_weights

pytestmark = pytest.mark.timeout(60)
LEARNER_SESSION = 99


class World:
    """The robot's side and the learner's side of an actor's topics."""

    def __init__(self, spinner: Spinner) -> None:
        self.spinner = spinner
        self.robot = FakeRobot(episode_length=20)
        self.acknowledging = True
        self.node = spinner.node('world')
        node = self.node
        self.stamp = node.get_clock().now().to_msg
        self._specs = node.create_publisher(msg.EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec)
        self.observations = node.create_publisher(
            msg.Observation, names.OBSERVATION, qos.qos_profile_observation
        )
        self.weights = node.create_publisher(
            msg.PolicyWeights, names.POLICY_WEIGHTS, qos.qos_profile_policy_weights
        )
        self._acks = node.create_publisher(
            msg.TransitionAck, names.TRANSITION_ACK, qos.qos_profile_transition_ack
        )
        self.batches: list[msg.TransitionBatch] = []
        self._commands = node.create_subscription(
            msg.Command, names.COMMAND, self._on_command, qos.qos_profile_command
        )
        node.create_subscription(
            msg.TransitionBatch, names.TRANSITIONS, self._on_batch, qos.qos_profile_transitions
        )
        collect = spinner.collect
        self.statuses: list[msg.ActorStatus] = collect(
            node, msg.ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status
        )
        self.episodes: list[msg.Episode] = collect(
            node, msg.Episode, names.EPISODE, qos.qos_profile_episode
        )
        self.commands: list[msg.Command] = []
        node.create_timer(0.2, self._heartbeat)
        self.robot_is_there = False

    @property
    def status(self) -> msg.ActorStatus:
        """The newest one, blank before the first."""
        return self.statuses[-1] if self.statuses else msg.ActorStatus()

    def publish_robot(self, spec: RobotSpec | None = None) -> None:
        self._specs.publish(robot_spec_to_message(spec or make_spec(), self.stamp()))
        self.robot_is_there = True

    def publish_weights(self, weights: PolicyWeights, *, session: int = LEARNER_SESSION) -> None:
        self.weights.publish(
            weights_to_message(weights, learner_session=session, stamp=self.stamp())
        )

    def to_message(self, observed: Observed) -> msg.Observation:
        return msg.Observation(
            bridge_session=observed.bridge_session,
            episode_id=observed.episode_id,
            step=observed.step,
            observation=to_array(observed.observation),
            reward=observed.reward,
            terminated=observed.terminated,
            truncated=observed.truncated,
            success=observed.success,
        )

    def _heartbeat(self) -> None:
        if self.robot_is_there:
            self.robot.outbox.append(self.robot.newest)
            self._publish_observations()

    def _publish_observations(self) -> None:
        while self.robot.outbox:
            self.observations.publish(self.to_message(self.robot.outbox.popleft()))

    def _on_command(self, command: msg.Command) -> None:
        self.commands.append(command)
        answered = replace(
            self.robot.newest,
            bridge_session=command.bridge_session,
            episode_id=command.episode_id,
            step=command.step,
        )
        self.robot.command(Decision(answered, to_floats(command.action), command.reset))
        self._publish_observations()

    def _on_batch(self, batch: msg.TransitionBatch) -> None:
        self.batches.append(batch)
        if self.acknowledging:
            self.acknowledge(batch.actor_session, batch.first_sequence + batch.count)

    def acknowledge(
        self, actor_session: int, sequence: int, *, session: int = LEARNER_SESSION
    ) -> None:
        self._acks.publish(
            msg.TransitionAck(
                learner_session=session,
                actor_session=actor_session,
                next_sequence=sequence,
                trained_sequence=sequence,
            )
        )

    @property
    def sequences(self) -> list[int]:
        return [
            number
            for batch in self.batches
            for number in range(batch.first_sequence, batch.first_sequence + batch.count)
        ]

    def until(self, condition: Callable[[], Any], timeout: float = 20.0) -> Any:
        return self.spinner.until(condition, timeout)

    def next_status(self) -> msg.ActorStatus:
        """A status made after this call."""
        count = len(self.statuses)
        self.until(lambda: len(self.statuses) > count + 1)
        return self.status


@pytest.fixture
def world() -> Iterator[World]:
    with Spinner() as spinner:
        yield World(spinner)


@pytest.fixture
def start(world: World) -> Iterator[Callable[..., ActorNode]]:
    """Start an actor in this process; the fixture ends it."""
    nodes: list[ActorNode] = []

    def make(**parameters: Any) -> ActorNode:
        values = {
            'control_rate': 200.0,
            'random_steps': 0,
            'status_period': 0.05,
            'transition_batch_size': 10,
            **parameters,
        }
        node = ActorNode(
            context=world.spinner.context,
            parameter_overrides=[Parameter(name, value=value) for name, value in values.items()],
        )
        nodes.append(node)
        world.spinner.add(node)
        return node

    yield make
    for node in nodes:
        node.close()


def run_to_end(world: World, node: ActorNode) -> None:
    """End a node as its process would."""
    node.begin_end('SIGINT')
    world.until(node.has_ended)
    node.close()


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
    message = weights_to_message(
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
    message.data = data
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
    world.publish_weights(make_weights(version=1), session=LEARNER_SESSION + 1)
    world.until(lambda: len(world.sequences) == 30)
    assert set(world.batches[-1].policy_versions) == {1}


def test_another_robot_than_before_ends_it_with_one_clear_line(
    world: World, start: Callable[..., ActorNode], capsys: pytest.CaptureFixture[str]
) -> None:
    node = start()
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.commands)
    world.publish_robot(make_spec(observation_dim=4))
    world.until(node.wants_to_end)
    run_to_end(world, node)
    assert node.exit_code == 1
    assert 'actor: error: ' in (error := capsys.readouterr().err)
    assert 'observation_dim 3 against 4' in error


def test_hold_stops_the_commands_and_release_goes_on(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start()
    client = world.node.create_client(SetBool, '/actor/hold')
    world.until(client.service_is_ready)

    def call(hold: bool) -> SetBool.Response:
        future = client.call_async(SetBool.Request(data=hold))
        world.until(future.done)
        return future.result()

    assert not call(True).success
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.commands)
    assert call(True).success
    world.until(lambda: world.status.state == 'holding')
    world.next_status()
    count = len(world.commands)
    world.next_status()
    assert len(world.commands) == count
    call(False)
    world.until(lambda: len(world.commands) > count)


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


# The process as a whole.


class Process:
    """A real actor."""

    def __init__(self, domain_id: int, **parameters: object) -> None:
        values = {'status_period': 0.1, 'control_rate': 200.0, **parameters}
        overrides = [part for name, value in values.items() for part in ('-p', f'{name}:={value}')]
        self.child = subprocess.Popen(
            [sys.executable, '-m', 'sac_actor.actor_node', '--ros-args', *overrides],
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
def test_a_signal_ends_it_in_order_with_everything_acknowledged(
    world: World, launch: Callable[..., Process], number: signal.Signals
) -> None:
    world.publish_robot()
    world.publish_weights(make_weights())
    process = launch(transition_batch_size=30)
    world.until(lambda: len(world.sequences) >= 60)
    process.child.send_signal(number)
    final = world.until(lambda: world.status.final and world.status)
    code, output = process.end()
    assert (code, final.exit_reason) == (0, number.name)
    assert final.transitions_acked == final.env_steps == len(set(world.sequences))
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
    assert 'waiting for observation from a bridge' in output


def write_policy(directory: Path, **dims: int) -> str:
    (directory / 'policy.safetensors').write_bytes(
        encode_weights(make_weights(learner_steps=1, **dims))
    )
    return str(directory)


def test_a_checkpoint_drives_without_a_learner_and_sends_no_transitions(
    world: World, launch: Callable[..., Process], tmp_path: Path
) -> None:
    world.publish_robot()
    process = launch(checkpoint=write_policy(tmp_path), max_episodes=2, deterministic='true')
    world.until(lambda: world.status.final)
    assert process.end()[0] == 0
    assert [episode.deterministic for episode in world.episodes] == [True, True]
    assert world.status.exit_reason == 'max_episodes'
    assert world.batches == []


def test_a_checkpoint_of_other_dimensions_is_one_clear_line_and_no_motion(
    world: World, launch: Callable[..., Process], tmp_path: Path
) -> None:
    world.publish_robot()
    process = launch(checkpoint=write_policy(tmp_path, observation_dim=4))
    # The world must go on turning, or the actor never sees the robot.
    world.until(lambda: process.child.poll() is not None)
    code, output = process.end()
    assert code != 0
    (line,) = [line for line in output.splitlines() if 'error' in line]
    assert line.startswith('actor: error: ')
    assert 'the policy has observation_dim 4, the robot has 3' in line
    assert world.commands == []


@pytest.mark.parametrize(
    ('parameters', 'message'),
    [
        ({'checkpoint': '/no/such/directory'}, "checkpoint '/no/such/directory'"),
        ({'control_rate': -1.0}, 'control_rate must be in'),
        ({'queue_capacity': 0}, 'queue_capacity must be at least 1, got 0'),
        ({'deterministic': 'perhaps'}, "deterministic must be true or false, got 'perhaps'"),
        ({'contol_rate': 50.0}, 'contol_rate'),
    ],
)
def test_a_bad_parameter_is_one_clear_line_and_exit_code_two(
    launch: Callable[..., Process], parameters: dict[str, object], message: str
) -> None:
    code, output = launch(**parameters).end()
    assert code == 2
    assert message in output
    assert len(output.strip().splitlines()) == 1


def test_a_file_that_is_no_policy_is_refused_at_once(
    launch: Callable[..., Process], tmp_path: Path
) -> None:
    (tmp_path / 'policy.safetensors').write_bytes(b'nonsense')
    code, output = launch(checkpoint=str(tmp_path)).end()
    assert code == 2
    assert 'not a policy file' in output


def test_the_process_loads_no_torch() -> None:
    code = 'import sys, sac_actor.actor_node; sys.exit("torch" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code], check=False).returncode == 0
