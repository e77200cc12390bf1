# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A recording keeps what each publisher offers, so that it plays back to who listened before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import signal
from typing import Any

import pytest
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from rosbags.rosbag2 import Reader
from sac_core.recordings.message_stream import MessageStream
from sac_core.ros import names, qos
from sac_core.ros.testing import NodeProcess, Spinner
from sac_interfaces.msg import Command, EnvSpec, Episode, Observation, TransitionAck
import yaml

pytestmark = pytest.mark.node

# What the suite's nodes publish, and how other nodes of it listen.
SPOKEN: dict[str, tuple[Any, QoSProfile]] = {
    '/env_spec': (EnvSpec(env_id='mine', bridge_session=7), qos.qos_profile_env_spec),
    '/observation': (Observation(bridge_session=7, step=3), qos.qos_profile_observation),
    '/command': (Command(actor_session=5, step=3), qos.qos_profile_command),
    '/transition_ack': (TransitionAck(learner_session=9), qos.qos_profile_transition_ack),
    '/episode': (Episode(actor='/actor'), qos.qos_profile_episode),
}
# Two more publishers of /command: one offers the same, one less.
ALSO = (
    qos.qos_profile_command,
    QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT),
)


@pytest.fixture
def spinner() -> Iterator[Spinner]:
    with Spinner() as open_spinner:
        yield open_spinner


@pytest.fixture
def recorded(spinner: Spinner, tmp_path: Path) -> Path:
    """A recording of one message at least on each topic; /command has three publishers."""
    recorder = NodeProcess(
        'sac_recorder.recorder_node',
        domain_id=spinner.domain_id,
        parameters={'directory': tmp_path, 'flush_period': 0.1},
    )
    try:
        node, other = spinner.node('run'), spinner.node('other')
        seconds = [other.create_publisher(Command, '/command', each) for each in ALSO]
        spinner.until(lambda: all(each.get_subscription_count() for each in seconds))
        for topic, (message, profile) in SPOKEN.items():
            _repeat(node, topic, message, profile)

        def heard() -> set[str]:
            files = list(tmp_path.glob('*.mcap'))
            return {channel.topic for file in files for _, channel, _ in MessageStream(file)}

        spinner.until(lambda: heard() >= SPOKEN.keys())
        recorder.child.send_signal(signal.SIGINT)
        code, output = recorder.end()
        assert code == 0, output
    finally:
        recorder.kill()
    return tmp_path


def _repeat(node: Node, topic: str, message: Any, profile: QoSProfile) -> None:
    publisher = node.create_publisher(type(message), topic, profile)
    node.create_timer(0.05, lambda: publisher.publish(message))


def _offers(recorded: Path) -> dict[str, list[dict[str, Any]]]:
    content = yaml.safe_load((recorded / 'metadata.yaml').read_text())
    topics = content['rosbag2_bagfile_information']['topics_with_message_count']
    data = [each['topic_metadata'] for each in topics]
    return {each['name']: each['offered_qos_profiles'] for each in data}


def _profile(offer: dict[str, Any]) -> QoSProfile:
    return QoSProfile(
        history=HistoryPolicy.get_from_short_key(offer['history']),
        depth=offer['depth'],
        reliability=ReliabilityPolicy.get_from_short_key(offer['reliability']),
        durability=DurabilityPolicy.get_from_short_key(offer['durability']),
    )


def _kept(profile: QoSProfile) -> tuple[object, ...]:
    return profile.history, profile.depth, profile.reliability, profile.durability


def test_a_recording_plays_back_by_its_own_profiles_into_the_real_subscriptions(
    spinner: Spinner, recorded: Path
) -> None:
    offers = _offers(recorded)
    for topic, (_, profile) in SPOKEN.items():
        assert _kept(profile) in [_kept(_profile(each)) for each in offers[topic]], topic

    # Each profile once: of three publishers two offer the same.
    assert {each['reliability'] for each in offers['/command']} == {'reliable', 'best_effort'}
    assert len(offers['/command']) == 2
    (file,) = recorded.glob('*.mcap')
    with Reader(recorded) as reader:  # which finds no message where file and metadata differ
        # The recorder hears its own /diagnostics too, if the run lasts long enough.
        heard = {connection.topic for connection, _, _ in reader.messages()}
        profiles = {each.topic: each.ext.offered_qos_profiles for each in reader.connections}
    assert heard >= set(SPOKEN)
    assert {each.depth for each in profiles['/command']} == {1}

    with Spinner() as other:  # a network without the run
        player, listener = other.node('player'), other.node('listener')
        messages = {}
        for topic, (message, profile) in SPOKEN.items():
            messages[topic] = other.collect(listener, type(message), topic, profile)
            offer = max(offers[topic], key=lambda each: each['reliability'])
            publisher = player.create_publisher(type(message), topic, _profile(offer))
            data = next(m.data for _, c, m in MessageStream(file) if c.topic == topic)
            other.until(publisher.get_subscription_count)
            publisher.publish(deserialize_message(data, type(message)))
        for topic, (message, _) in SPOKEN.items():
            other.until(lambda topic=topic: messages[topic])  # type: ignore[misc]
            assert messages[topic][0] == message, topic


def test_a_file_whose_recorder_was_killed_tells_what_was_offered_at_its_first_messages(
    spinner: Spinner, tmp_path: Path
) -> None:
    recorder = NodeProcess(
        'sac_recorder.recorder_node',
        domain_id=spinner.domain_id,
        parameters={'directory': tmp_path, 'flush_period': 0.1},
    )
    message, profile = SPOKEN['/command']
    _repeat(spinner.node('run'), names.COMMAND, message, profile)

    def channels() -> list[Any]:
        files = list(tmp_path.glob('*.mcap'))
        return [channel for file in files for _, channel, _ in MessageStream(file)]

    try:
        spinner.until(channels)
    finally:
        recorder.kill()
    (offer,) = yaml.safe_load(channels()[0].metadata['offered_qos_profiles'])
    assert (offer['reliability'], offer['depth']) == ('reliable', 1)
