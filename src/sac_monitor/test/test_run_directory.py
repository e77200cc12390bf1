# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The run's files: whole at any instant, never overwritten by another run."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
import threading

import pytest
from sac_monitor import run_directory
from sac_monitor.lines_file import LinesFile
from sac_monitor.run_directory import read_config, read_lines, read_summary, RunDirectory
import yaml


def recorded(path: Path) -> RunDirectory:
    directory = RunDirectory(path)
    directory.create()
    directory.append_metrics({'env_steps': 1})
    directory.append_episode({'episode_return': 2.0})
    directory.write_summary({'wall_s': 3.0})
    directory.write_config({'/learner': {'seed': 0, 'hidden_dims': [256, 256], 'tau': 0.005}})
    directory.close()
    return directory


def test_nothing_is_made_before_the_run_begins(tmp_path):
    path = tmp_path / 'runs' / 'new'
    directory = RunDirectory(path)
    assert list(tmp_path.iterdir()) == []
    directory.create()
    assert path.is_dir()
    directory.close()


def test_an_empty_directory_and_one_with_checkpoints_only_will_do(tmp_path):
    (tmp_path / 'checkpoints').mkdir()
    RunDirectory(tmp_path)


def test_lines_are_on_disk_as_soon_as_they_are_written(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.create()
    directory.append_metrics({'env_steps': 1, 'critic_loss': None})
    assert read_lines(tmp_path / 'metrics.jsonl') == [{'env_steps': 1, 'critic_loss': None}]
    directory.close()


def test_a_number_that_json_does_not_know_is_never_written(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.create()
    with pytest.raises(ValueError, match='JSON'):
        directory.append_metrics({'critic_loss': float('nan')})
    directory.close()


@pytest.mark.parametrize(
    'name', ['config.yaml', 'metrics.jsonl', 'episodes.jsonl', 'summary.json']
)
def test_the_records_of_another_run_are_refused(tmp_path, name):
    (tmp_path / name).write_text('{}')
    with pytest.raises(ValueError, match=f'run_dir {tmp_path} holds another run'):
        RunDirectory(tmp_path)


def test_resuming_appends_and_keeps_what_was_there(tmp_path):
    recorded(tmp_path)
    directory = RunDirectory(tmp_path, resume=True)
    assert directory.holds_records
    directory.create()
    directory.append_metrics({'env_steps': 2})
    directory.append_episode({'episode_return': 4.0})
    directory.write_config({'/learner': {'seed': 1}})
    directory.write_config({'/learner': {'seed': 1}, '/actor': {'seed': 1}})
    directory.write_config({'/learner': {'seed': 1}, '/actor': {'seed': 2}})
    directory.close()
    assert [row['env_steps'] for row in read_lines(tmp_path / 'metrics.jsonl')] == [1, 2]
    assert [r['episode_return'] for r in read_lines(tmp_path / 'episodes.jsonl')] == [2.0, 4.0]
    earlier = yaml.safe_load((tmp_path / 'config_1.yaml').read_text())
    assert earlier['/learner']['ros__parameters']['seed'] == 0
    newer = yaml.safe_load((tmp_path / 'config.yaml').read_text())
    assert set(newer) == {'/learner', '/actor'}
    assert len(list(tmp_path.glob('config*.yaml'))) == 2


def test_the_config_of_before_stays_where_nothing_has_changed(tmp_path):
    recorded(tmp_path)
    earlier = read_config(tmp_path)
    directory = RunDirectory(tmp_path, resume=True)
    directory.create()
    directory.write_config(earlier)
    directory.write_config({**earlier, '/actor': {'seed': 1}})
    directory.close()
    assert [path.name for path in tmp_path.glob('config*.yaml')] == ['config.yaml']
    (tmp_path / 'config.yaml').write_text('/actor: [')
    assert read_config(tmp_path) == {}


@pytest.mark.parametrize('torn', ['{"env_steps": 2, "crit', 'x' * 5000, '\x00' * 9000])
@pytest.mark.parametrize('whole', [0, 1, 300])
def test_a_line_that_a_kill_left_unfinished_is_cut_off(tmp_path, torn, whole):
    path = tmp_path / 'metrics.jsonl'
    lines = ''.join(json.dumps({'env_steps': number}) + '\n' for number in range(whole))
    path.write_text(lines + torn)
    directory = RunDirectory(tmp_path, resume=True)
    directory.create()
    directory.append_metrics({'env_steps': whole})
    directory.close()
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row['env_steps'] for row in rows] == list(range(whole + 1))


def test_config_is_a_parameter_file_that_reads_back(tmp_path):
    recorded(tmp_path)
    text = (tmp_path / 'config.yaml').read_text()
    assert yaml.safe_load(text) == {
        '/learner': {'ros__parameters': {'seed': 0, 'hidden_dims': [256, 256], 'tau': 0.005}}
    }
    assert 'hidden_dims: [256, 256]' in text


def test_whoever_reads_the_summary_while_it_is_written_gets_a_whole_one(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.create()
    directory.write_summary({'count': 0, 'filler': 'x' * 100_000})

    def write() -> None:
        for count in range(1, 201):
            directory.write_summary({'count': count, 'filler': 'x' * 100_000})

    writer = threading.Thread(target=write)
    writer.start()
    counts = []
    while writer.is_alive():
        counts.append(read_summary(tmp_path)['count'])  # raises where it is torn
    writer.join()
    directory.close()
    assert counts == sorted(counts)
    assert read_summary(tmp_path)['count'] == 200


def test_a_failed_write_leaves_the_old_summary_whole(tmp_path):
    directory = recorded(tmp_path)
    (tmp_path / '.summary.json.part').mkdir()
    with pytest.raises(OSError, match='directory'):
        directory.write_summary({'wall_s': 99.0})
    assert read_summary(tmp_path) == {'wall_s': 3.0}


def test_a_place_where_nothing_can_be_written_is_refused_at_once(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(ValueError, match=r'run_dir .*/file/run cannot be written'):
        RunDirectory(tmp_path / 'file' / 'run')
    with pytest.raises(ValueError, match='run_dir /proc/run cannot be written'):
        RunDirectory(Path('/proc/run'))


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write anywhere')
def test_a_directory_without_write_permission_is_refused_at_once(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ValueError, match='cannot be written'):
        RunDirectory(tmp_path / 'run')


@pytest.mark.parametrize('text', ['{"wall_s": ', '[1]', ''])
def test_a_summary_that_cannot_be_read_is_named(tmp_path, text):
    (tmp_path / run_directory.SUMMARY).write_text(text)
    with pytest.raises(ValueError, match=r'cannot read .*summary\.json'):
        read_summary(tmp_path)


def test_numbers_survive_as_written(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.create()
    directory.write_summary({'session': 2**64 - 1})
    directory.close()
    assert json.loads((tmp_path / 'summary.json').read_text()) == {'session': 2**64 - 1}


def test_lines_that_found_no_room_are_written_once_there_is_some(tmp_path, monkeypatch):
    lines = LinesFile(tmp_path / 'lines')
    room, write = [3], os.write

    def write_where_there_is_room(descriptor, data):
        if not room[0]:
            raise OSError(errno.ENOSPC, 'No space left on device')
        written = write(descriptor, data[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(os, 'write', write_where_there_is_room)
    for line in ('one', 'two'):
        with pytest.raises(OSError, match='No space'):
            lines.append(line)
    room[0] = 1000
    lines.append('three')
    lines.close()
    assert (tmp_path / 'lines').read_text() == 'one\ntwo\nthree\n'
