# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The recorder's process: every topic of a run goes into a file, as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import signal

from diagnostic_msgs.msg import DiagnosticArray
import pytest
from rclpy.serialization import deserialize_message
from sac_core.recordings.decoding import read_messages
from sac_core.recordings.message_stream import MessageStream
from sac_core.ros import names, qos
from sac_core.ros.testing import NodeProcess, Spinner
from sac_interfaces.msg import Command, EnvSpec, Episode
from sac_recorder.repair import is_complete

pytestmark = pytest.mark.node


@pytest.fixture
def spinner() -> Iterator[Spinner]:
    with Spinner() as open_spinner:
        yield open_spinner


@pytest.fixture
def recorder(spinner: Spinner, tmp_path: Path) -> Iterator[NodeProcess]:
    process = NodeProcess(
        'sac_recorder.recorder_node',
        domain_id=spinner.domain_id,
        parameters={'directory': tmp_path, 'actors': 2, 'flush_period': 0.1},
    )
    yield process
    process.kill()


def test_messages_are_recorded_as_they_are_under_their_full_names(
    spinner: Spinner, recorder: NodeProcess, tmp_path: Path
) -> None:
    node = spinner.node('run')
    diagnostics = spinner.collect(node, DiagnosticArray, names.DIAGNOSTICS, 10)
    spec = EnvSpec(env_id='Pendulum-v1', action_low=[-2.0], action_high=[2.0], bridge_session=7)
    node.create_publisher(EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec).publish(spec)
    episode = Episode(actor='/actor_1/actor', episode_return=-0.1, success=True)
    node.create_publisher(Episode, names.EPISODE, qos.qos_profile_episode).publish(episode)
    command = Command(action=[0.25, -0.5], step=3)
    commands = node.create_publisher(Command, 'actor_1/command', qos.qos_profile_command)
    # Heard at best effort: what is published before both sides have met is lost.
    node.create_timer(0.05, lambda: commands.publish(command))

    def recorded() -> dict[str, bytes]:
        files = list(tmp_path.glob('*.mcap'))
        return {c.topic: m.data for file in files for _, c, m in MessageStream(file)}

    wanted = {
        '/env_spec': spec,
        '/episode': episode,
        '/actor_1/command': command,
    }
    spinner.until(lambda: wanted.keys() <= recorded().keys())
    for topic, message in wanted.items():
        assert deserialize_message(recorded()[topic], type(message)) == message
    spinner.until(lambda: any(a.status[0].name == 'recorder: recording' for a in diagnostics))

    recorder.child.send_signal(signal.SIGINT)
    code, output = recorder.end()
    assert code == 0, output
    (file,) = tmp_path.glob('*.mcap')
    assert is_complete(file)
    (read,) = read_messages(file, ('sac_interfaces/msg/EnvSpec',), pytest.fail)
    assert (read.topic, read.fields.env_id, read.fields.bridge_session) == (
        '/env_spec',
        'Pendulum-v1',
        7,
    )


def test_a_directory_that_cannot_be_used_ends_it_before_anything_begins(
    spinner: Spinner, tmp_path: Path
) -> None:
    (tmp_path / 'file').touch()
    process = NodeProcess(
        'sac_recorder.recorder_node',
        domain_id=spinner.domain_id,
        parameters={'directory': tmp_path / 'file'},
    )
    code, output = process.end()
    assert code == 2
    assert f'directory {tmp_path / "file"} cannot be used' in output
