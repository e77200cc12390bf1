# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What sac inspect says of each kind of file, whole and damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mcap.writer import Writer
import numpy as np
import pytest
from sac_core.transitions import Transitions
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_files.disk_storage import DiskStorage
from sac_learner.replay_files.layout import ReplayLayout
from sac_learner.sequence_tracker import SessionState
from sac_tools.inspection.kinds import inspect_path
from sac_tools.inspection.text import show

from .recorded import make_checkpoint


@pytest.fixture
def replay(tmp_path: Path) -> Path:
    """A replay directory of 20 rows, written as a learner does it."""
    path, count = tmp_path / 'some_replay', 20
    layout = ReplayLayout(capacity=100, observation_dim=3, action_dim=1, env_id='Pendulum-v1')
    rows = Transitions.empty(count, observation_dim=3, action_dim=1)
    rows.rewards[:] = np.arange(count)
    rows.observations[:, 2] = -8.0
    rows.truncated[-1] = 1
    storage = DiskStorage(path, layout, sync_period=60.0, warn=pytest.fail)
    names = storage.rows.dtype.names or ()
    buffer = ReplayBuffer(storage, seed=0)
    for first in (0, 10):
        part = rows[first : first + 10]
        buffer.add_batch(**{name: getattr(part, name) for name in names})
        account = SessionState(5, next_sequence=first + 10, stored=first + 10)
        storage.commit(account, learner_steps=0, policy_version=1)
    storage.close()
    return path


def test_a_checkpoint_tells_robot_policy_and_settings(tmp_path: Path) -> None:
    (facts,) = inspect_path(make_checkpoint(tmp_path))
    assert (facts['kind'], facts['problems']) == ('checkpoint', [])
    assert facts['robot']['action_high'] == [2.0]
    assert (facts['policy']['version'], facts['policy']['hidden_dims']) == (7, (8,))
    assert facts['config']['utd_ratio'] == 8
    assert facts['learner_tensors'] == {'tensors': 1, 'numbers': 4}


@pytest.mark.parametrize('name', ['policy.safetensors', 'learner.safetensors', 'learner.json'])
def test_a_changed_byte_of_a_checkpoint_is_found(tmp_path: Path, name: str) -> None:
    checkpoint = make_checkpoint(tmp_path)
    data = bytearray((checkpoint / name).read_bytes())
    data[-10] ^= 1
    (checkpoint / name).write_bytes(data)
    with pytest.raises(ValueError, match=name):
        inspect_path(checkpoint)


def test_a_replay_directory_tells_ranges_and_sessions(replay: Path) -> None:
    (facts,) = inspect_path(replay)
    assert (facts['kind'], facts['problems'], facts['rows']) == ('replay', [], 20)
    assert facts['fields']['rewards'] == {'low': [0.0], 'mean': [9.5], 'high': [19.0]}
    assert facts['fields']['observations']['low'] == [0.0, 0.0, -8.0]
    assert facts['flags']['truncated'] == 1
    assert [(each['session'], each['stored']) for each in facts['sessions']] == [(5, 20)]


def test_a_changed_byte_of_a_replay_is_found(replay: Path, capsys: Any) -> None:
    rows = replay / 'rows.bin'
    data = bytearray(rows.read_bytes())
    data[4096 + 30] ^= 1
    rows.write_bytes(data)
    (facts,) = inspect_path(replay)
    assert facts['rows'] == 10, 'rows that came together have one checksum'
    assert facts['problems'] == ['10 transitions are damaged: a learner leaves them out']
    show(facts)
    assert 'problem: 10 transitions are damaged' in capsys.readouterr().out


def test_a_recording_tells_topics_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / 'recording.mcap'
    with path.open('wb') as stream:
        writer = Writer(stream)
        writer.start()
        schema = writer.register_schema('std_msgs/msg/Bool', 'ros2msg', b'bool data')
        channel = writer.register_channel('/emergency_stop', 'cdr', schema)
        for time in (10**9, 3 * 10**9):
            writer.add_message(channel, time, b'\0\1\0\0\1', time)
        writer.finish()
    (facts,) = inspect_path(path)
    assert facts['duration_s'] == 2.0
    assert facts['topics'] == [
        {'topic': '/emergency_stop', 'type': 'std_msgs/msg/Bool', 'messages': 2}
    ]
    assert len(facts['problems']) == 1
    assert 'no env_spec' in facts['problems'][0]
    path.write_bytes(path.read_bytes()[:-200])
    (facts,) = inspect_path(tmp_path)
    assert any('recording.mcap' in problem for problem in facts['problems'])


def test_a_run_is_all_that_it_left(tmp_path: Path, replay: Path) -> None:
    (tmp_path / 'summary.json').write_text(json.dumps({'env_id': 'Pendulum-v1'}))
    with pytest.raises(ValueError, match='has left no checkpoint, replay or recording'):
        inspect_path(tmp_path)
    make_checkpoint(tmp_path / 'checkpoints')
    replay.rename(tmp_path / 'replay')
    assert [facts['kind'] for facts in inspect_path(tmp_path)] == ['checkpoint', 'replay']


def test_what_is_not_known_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / 'notes.txt').write_text('hello')
    with pytest.raises(ValueError, match=r'notes\.txt is not a run, checkpoint'):
        inspect_path(tmp_path / 'notes.txt')
    with pytest.raises(ValueError, match='nothing: no such file or directory'):
        inspect_path(tmp_path / 'nothing')
