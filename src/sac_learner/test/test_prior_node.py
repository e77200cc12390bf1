# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner's process with prior data: no policy leaves untrained, no robots are mixed."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path

from builtin_interfaces.msg import Time
from mcap.writer import Writer
import pytest
from rclpy.serialization import serialize_message
from sac_core.ros.conversions import batch_to_message, robot_spec_to_message
from sac_core.ros.testing import NodeProcess
from sac_learner.prior.prior_data import load_prior_data

from .fakes import make_batch, make_spec
from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(90)]
MESSAGES = Path(__file__).resolve().parents[2] / 'sac_interfaces' / 'msg'
_HEADER = (
    f'\n{"=" * 80}\nMSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id\n'
    f'{"=" * 80}\nMSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n'
)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """One hundred transitions of the fake robot, as ROS itself serializes them.

    A person chose every fifth action.
    """
    path, stamp = tmp_path / 'a.mcap', Time()
    batches = [batch_to_message(make_batch(n, 10), stamp) for n in range(0, 100, 10)]
    for batch in batches:
        batch.intervened = array('B', [1, 0, 0, 0, 0] * 2)
    with path.open('wb') as stream:
        writer = Writer(stream)
        writer.start()
        for message in (robot_spec_to_message(make_spec(), stamp), *batches):
            name = type(message).__name__
            text = (MESSAGES / f'{name}.msg').read_text() + _HEADER
            schema = writer.register_schema(f'sac_interfaces/msg/{name}', 'ros2msg', text.encode())
            channel = writer.register_channel(f'/{name}', 'cdr', schema)
            writer.add_message(channel, 1, serialize_message(message), 1)
        writer.finish()
    return path


def test_no_policy_leaves_before_it_is_trained_offline_and_then_a_robot_may_come(
    world: World, launch: Callable[..., NodeProcess], recording: Path
) -> None:
    process = launch(prior_data=f'[{recording}]', offline_steps=400)
    world.until_ready()
    assert world.weights[0].learner_steps == 400
    states = [status.state for status in world.statuses]
    if 'offline' in states:  # the status is not so frequent that one must have come
        assert 'training' not in states[: states.index('offline')]
    world.publish_robot()
    world.say(final=False)
    world.send(0, 30)
    world.until(lambda: world.acknowledged() == 30)
    world.until(lambda: world.status.learner_steps == 400 + 30 - 20)
    assert world.status.env_steps == 30
    world.say(final=True)
    process.child.terminate()
    assert process.end()[0] == 0


def test_it_ends_by_itself_where_there_is_nothing_but_prior_data(
    world: World, launch: Callable[..., NodeProcess], recording: Path, tmp_path: Path
) -> None:
    process = launch(
        prior_data=f'[{recording}]',
        offline_steps=30,
        end_after_offline='true',
        checkpoint_dir=tmp_path / 'checkpoints',
    )
    code, output = process.end()
    assert code == 0, output
    assert (tmp_path / 'checkpoints' / 'latest' / 'policy.safetensors').exists()


def test_a_robot_other_than_the_recorded_one_ends_it_naming_the_fields(
    world: World, launch: Callable[..., NodeProcess], recording: Path
) -> None:
    process = launch(prior_data=f'[{recording}]')
    world.publish_robot(make_spec(action_dim=3))
    code, output = process.end()
    assert code == 2
    assert 'prior_data is of another robot than this one: action_dim 2 against 3' in output
    assert world.weights == []


def test_what_a_person_did_can_be_taken_alone(recording: Path) -> None:
    everything = load_prior_data([str(recording)], choice='all', warn=pytest.fail)
    demonstrated = load_prior_data([str(recording)], choice='intervened', warn=pytest.fail)
    assert everything.rows['rewards'].tolist() == list(range(100))
    assert demonstrated.rows['rewards'].tolist() == list(range(0, 100, 5))
    assert everything.checksum != demonstrated.checksum


def test_a_choice_that_leaves_nothing_is_refused(
    launch: Callable[..., NodeProcess], recording: Path
) -> None:
    code, output = launch(prior_data=f'[{recording}]', prior_rows='successful').end()
    assert code == 2
    assert "prior_data holds 100 transitions, but none for prior_rows 'successful'" in output
