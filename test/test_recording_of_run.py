# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A recorded run: what is in its files is what the learner stored, whoever reads them."""

from __future__ import annotations

from pathlib import Path

from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
import numpy as np
import pytest
from real_run import Run, Runner
from rosbags.highlevel import AnyReader
from sac_core.recordings.files import recording_files
from sac_core.recordings.transitions import read_transitions
from sac_core.weights import decode_weights
from sac_learner.replay_files.inspection import read_rows

# Some seconds: where the first greetings of a process are lost, the next come after three.
ENV_STEPS = 2000
FIELDS = ('observations', 'actions', 'rewards', 'next_observations')
FLAGS = ('terminated', 'truncated', 'intervened', 'filtered')


@pytest.fixture(scope='module')
def recorded(shared_runner: Runner, small_learner: Path) -> Run:
    return shared_runner.run(
        'train',
        'env_id:=Pendulum-v1',
        'control_rate:=0',
        f'max_env_steps:={ENV_STEPS}',
        f'params_file:={small_learner}',
        'record:=true',
        name='recorded',
    )


def stored(run: Run) -> np.ndarray:
    return np.concatenate(list(read_rows(run.directory / 'replay')))


@pytest.mark.timeout(100)
def test_the_recording_equals_the_replay_buffer_field_by_field(recorded: Run) -> None:
    assert recorded.exit_code == 0, recorded.output
    warnings: list[str] = []
    read, rows = read_transitions([recorded.directory], warnings.append), stored(recorded)
    assert warnings == []
    assert len(read.rows) == len(rows) == ENV_STEPS
    assert read.repeated == 0
    for name in FIELDS + FLAGS:
        assert np.array_equal(getattr(read.rows, name), rows[name]), name
    assert read.sequences.tolist() == list(range(ENV_STEPS))
    assert read.rows.policy_versions[-1] > 0


@pytest.mark.timeout(100)
def test_a_policy_is_trained_from_it_with_no_robot_and_the_run_goes_on_with_one(
    recorded: Run, shared_runner: Runner, small_learner: Path
) -> None:
    offline = shared_runner.run(
        'train',
        f'prior_data:=[{recorded.directory}]',
        'offline_steps:=40',
        'offline_only:=true',
        f'params_file:={small_learner}',
        name='offline',
    )
    assert offline.exit_code == 0, offline.output
    assert f'prior data: {ENV_STEPS} transitions of Pendulum-v1' in offline.output
    assert 'sim_bridge' not in offline.output
    assert not list(read_rows(offline.directory / 'replay'))
    latest = offline.directory / 'checkpoints' / 'latest'
    assert decode_weights((latest / 'policy.safetensors').read_bytes()).learner_steps == 40

    process = shared_runner.start(
        'train', f'resume:={offline.directory}', 'control_rate:=0', 'max_env_steps:=320'
    )
    output, _ = process.communicate(timeout=90)
    assert process.returncode == 0, output
    # By the checkpoint: in a run of two seconds the monitor may not have met the learner.
    newest = decode_weights((latest / 'policy.safetensors').read_bytes())
    assert newest.learner_steps == 40 + 320 - 300
    assert offline.lines('episodes.jsonl')[0]['policy_version'] > 0


@pytest.mark.timeout(100)
def test_rosbags_reads_every_message_and_the_same_numbers(recorded: Run) -> None:
    parts, counts = [], {}
    with AnyReader([recorded.directory / 'recording']) as reader:
        for connection, _, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            counts[connection.topic] = counts.get(connection.topic, 0) + 1
            if connection.topic == '/transitions':
                parts.append(message)
    rows = stored(recorded)
    for name in FIELDS + FLAGS:
        values = np.concatenate([getattr(part, name) for part in parts])
        assert np.array_equal(values, rows[name].reshape(-1)), name
    assert counts['/env_spec'] == 1
    assert counts['/episode'] == ENV_STEPS // 200
    # What the loop sends at its rate is heard at the recorder's convenience.
    assert counts['/observation'] > ENV_STEPS / 2
    assert counts['/command'] > ENV_STEPS / 2
    assert {'/actor/status', '/learner/status', '/transition_ack', '/diagnostics'} <= set(counts)


@pytest.mark.timeout(100)
def test_every_whole_number_survives_as_float64_which_is_all_that_plotting_tools_have(
    recorded: Run,
) -> None:
    sessions = set()
    with AnyReader([recorded.directory / 'recording']) as reader:
        for connection, _, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            for name, value in vars(message).items():
                if isinstance(value, int):
                    assert int(float(value)) == value, (connection.topic, name, value)
                if name.endswith('_session'):
                    sessions.add(value)
    assert len(sessions) == 3  # of actor, learner and bridge


@pytest.mark.timeout(100)
def test_the_mcap_library_reads_it_by_its_index(recorded: Run) -> None:
    (path,) = recording_files(recorded.directory)
    with path.open('rb') as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()])
        summary = reader.get_summary()
        lengths = [
            episode.length
            for _, _, _, episode in reader.iter_decoded_messages(topics=['/episode'])
        ]
    assert summary is not None
    assert summary.statistics is not None
    assert summary.statistics.message_count > 3 * ENV_STEPS / 2
    assert lengths == [200] * (ENV_STEPS // 200)
