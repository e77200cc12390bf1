# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Two runs on the same topics, as of two computers that share a network and no lock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import time

import pytest
from real_run import Runner

SMALL = ('env_id:=Pendulum-v1', 'control_rate:=0', 'hidden_dims:=[16]', 'batch_size:=16')


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path)
    yield runner
    runner.close()


@pytest.mark.timeout(150)
def test_the_second_run_ends_with_one_line_and_the_first_is_untouched(
    runner: Runner, tmp_path: Path
) -> None:
    first = tmp_path / 'first'
    one = runner.start('train', *SMALL, 'max_env_steps:=1500', f'run_dir:={first}')
    while not (first / 'episodes.jsonl').exists():
        assert one.poll() is None, one.communicate()[0]
        time.sleep(0.1)
    # Another directory for temporary files, so that the runs do not find each other's lock.
    (tmp_path / 'other').mkdir()
    runner.environment = runner.environment | {'TMPDIR': str(tmp_path / 'other')}
    two = runner.run('train', *SMALL, 'max_env_steps:=1000', name='second', timeout=60.0)
    assert two.exit_code == 2, two.output
    reasons = [each for each in two.output.splitlines() if ' error: ' in each]
    assert any('speaks on /observation already' in each for each in reasons) or any(
        'another run uses the topics' in each for each in reasons
    ), two.output
    assert not (two.directory / 'episodes.jsonl').exists()
    output, _ = one.communicate(timeout=90.0)
    assert one.returncode == 0, output
    assert '1,500 transitions sent, 1,500 stored, 0 duplicates, 0 lost' in output
    assert len(set(_sessions(first))) == 1


def _sessions(run_dir: Path) -> list[str]:
    lines = (run_dir / 'episodes.jsonl').read_text().splitlines()
    return [each.partition('"actor_session": ')[2].partition(',')[0] for each in lines]
