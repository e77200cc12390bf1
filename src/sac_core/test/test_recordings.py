# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings are read as far as they are good, each transition once, and of one robot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sac_core.recordings.files import recording_files
from sac_core.recordings.transitions import read_transitions

from .recorded_run import Recorded


def recorded(path: Path, *batches: tuple[int, int]) -> Path:
    recording = Recorded(path)
    recording.robot()
    for first, count in batches:
        recording.batch(first, count)
    return recording.close()


def test_all_fields_come_back(tmp_path: Path) -> None:
    read = read_transitions([recorded(tmp_path / 'a.mcap', (0, 6), (6, 4))], pytest.fail)
    assert read.spec.env_id == 'Fake-v0'
    assert len(read.rows) == 10
    assert read.rows.rewards.tolist() == list(range(10))
    assert read.rows.observations.shape == (10, 3)
    assert np.array_equal(read.rows.actions, np.full((10, 2), 0.25, np.float32))
    assert read.rows.intervened.tolist() == [1, 0, 0, 0, 0] * 2
    assert read.rows.truncated.nonzero()[0].tolist() == [3, 7]
    assert read.rows.episode_ids.tolist() == [n // 4 for n in range(10)]
    assert read.sequences.tolist() == list(range(10))
    assert set(read.sessions.tolist()) == {1}


def test_what_was_sent_again_comes_once_and_in_order(tmp_path: Path) -> None:
    path = recorded(tmp_path / 'a.mcap', (0, 4), (8, 4), (2, 6), (0, 12))
    read = read_transitions([path], pytest.fail)
    assert read.sequences.tolist() == list(range(12))
    assert read.rows.rewards.tolist() == list(range(12))
    assert read.repeated == 26 - 12


def test_what_is_missing_in_between_is_told(tmp_path: Path) -> None:
    warnings: list[str] = []
    path = recorded(tmp_path / 'a.mcap', (5, 3), (10, 2), (20, 1))
    read = read_transitions([path], warnings.append)
    assert read.missing == 2 + 8
    assert warnings == ['10 transitions between those that were recorded are missing']


def test_the_same_run_given_twice_counts_once_and_sessions_stay_apart(tmp_path: Path) -> None:
    first = recorded(tmp_path / 'a.mcap', (0, 5))
    other = Recorded(tmp_path / 'b.mcap')
    other.robot(bridge_session=9)
    other.batch(0, 3, session=2)
    read = read_transitions([first, other.close(), first], pytest.fail)
    assert read.sessions.tolist() == [1] * 5 + [2] * 3
    assert read.sequences.tolist() == [0, 1, 2, 3, 4, 0, 1, 2]


def test_a_success_marks_the_rows_of_its_episode_alone(tmp_path: Path) -> None:
    recording = Recorded(tmp_path / 'a.mcap')
    recording.robot()
    recording.batch(0, 12)
    recording.batch(0, 12, session=2)
    recording.write('Episode', '/episode', actor_session=1, episode_id=1, success=True)
    recording.write('Episode', '/episode', actor_session=2, episode_id=2, success=False)
    read = read_transitions([recording.close()], pytest.fail)
    assert read.successful.nonzero()[0].tolist() == [4, 5, 6, 7]


@pytest.mark.parametrize('part', [0.5, 0.8, 0.95])
def test_the_good_part_of_a_cut_file_is_used_with_a_warning(tmp_path: Path, part: float) -> None:
    path = recorded(tmp_path / 'a.mcap', *((n * 10, 10) for n in range(20)))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    warnings: list[str] = []
    read = read_transitions([path], warnings.append)
    assert read.sequences.tolist() == list(range(len(read.rows)))
    assert 0 < len(read.rows) <= 200
    assert len(warnings) == 1
    assert str(path) in warnings[0]


@pytest.mark.parametrize(
    ('changes', 'reason'),
    [
        ({'rewards': [float('nan')] * 4}, 'rewards must be finite'),
        ({'actions': [1.5] * 8}, r'actions must be in \[-1, 1\], got 1.5'),
        ({'observations': [0.5] * 11}, 'observations must hold 12 numbers, got 11'),
        ({'action_dim': 3}, 'action_dim must be 2, got 3'),
        ({'terminated': b'\2\0\0\0'}, 'terminated must be 0 or 1'),
        ({'count': 0}, 'count must be at least 1, got 0'),
        ({'actor_session': 0}, 'actor_session must be above 0'),
    ],
)
def test_a_bad_batch_is_left_out_as_on_a_topic(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    recording = Recorded(tmp_path / 'a.mcap')
    recording.robot()
    recording.batch(0, 4)
    recording.batch(4, 4, **changes)
    recording.batch(8, 4)
    warnings: list[str] = []
    read = read_transitions([recording.close()], warnings.append)
    assert read.sequences.tolist() == [0, 1, 2, 3, 8, 9, 10, 11]
    warning = warnings[0]
    assert '1 batches are refused' in warning
    with pytest.raises(ValueError, match=reason):
        raise ValueError(warning)


def test_another_robot_is_refused_naming_the_fields(tmp_path: Path) -> None:
    first = recorded(tmp_path / 'a.mcap', (0, 4))
    other = Recorded(tmp_path / 'b.mcap')
    other.robot(env_id='Other-v0', action_high=[1.0, 2.0])
    with pytest.raises(
        ValueError, match=r'env_id Fake-v0 against Other-v0, action_high \[1.0, 1.0'
    ):
        read_transitions([first, other.close()], pytest.fail)


def test_a_recording_that_does_not_say_of_which_robot_it_is_is_refused(tmp_path: Path) -> None:
    recording = Recorded(tmp_path / 'a.mcap')
    recording.batch(0, 4)
    with pytest.raises(ValueError, match='no env_spec'):
        read_transitions([recording.close()], pytest.fail)


def test_a_run_its_recording_and_a_file_are_all_found(tmp_path: Path) -> None:
    files = [tmp_path / 'run' / 'recording' / f'recording_{n}.mcap' for n in (2, 0, 10)]
    for file in files:
        recorded(file)
    in_order = [files[1], files[0], files[2]]
    assert recording_files(tmp_path / 'run') == in_order
    assert recording_files(tmp_path / 'run' / 'recording') == in_order
    assert recording_files(files[0]) == [files[0]]
    with pytest.raises(ValueError, match='does not exist'):
        recording_files(tmp_path / 'nothing')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(ValueError, match=r'holds no .mcap file'):
        recording_files(tmp_path / 'empty')


def test_odd_names_are_names_like_any_other(tmp_path: Path) -> None:
    """Superscripts (digits to str, but not to int), and what a shell or YAML would read."""
    run = tmp_path / '1²3, [a]: {b} \'c\' "d" #$e é \U0001f916' / 'recording'
    bag = run / 'run.mcap'  # a directory, as rosbag2's -o run.mcap makes it
    files = [bag / 'run_2.mcap', bag / 'run_10.mcap']
    for number, file in enumerate(files):
        recorded(file, (number * 5, 5))
    assert recording_files(run.parent) == files
    assert recording_files(run) == files
    read = read_transitions([run.parent, files[0]], pytest.fail)
    assert read.sequences.tolist() == list(range(10))


def test_what_is_no_recording_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'a.mcap').write_bytes(b'not a recording, but long enough to hold a magic number')
    with pytest.raises(ValueError, match='no env_spec'):
        read_transitions([tmp_path / 'a.mcap'], lambda _: None)


def test_what_another_run_said_meanwhile_is_left_out_and_told(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / 'a.mcap')
    recorded.robot(run_id=5)
    recorded.batch(0, 4, run_id=5)
    recorded.batch(0, 4, session=2, run_id=6)
    recorded.batch(4, 4, run_id=5)
    path = recorded.close()
    warnings: list[str] = []
    found = read_transitions([path], warnings.append)
    assert set(found.sessions.tolist()) == {1}
    assert len(found.rows) == 8
    assert warnings == [f'{path}: 1 batches of other runs than run 5 are left out']
