# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmarks run against the present code; what they measure is not judged here."""

from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys

import documents
from options import choose
import pytest
from turns import compared, contestants, prepare, take_turns

ROOT = Path(__file__).resolve().parents[1]
SMALL = {'hidden_dims': (16, 16), 'batch_size': 8, 'utd_ratio': 2}


def test_contestants_take_turns_on_the_same_case() -> None:
    with contestants(ours={'module': 'ours'}, cleanrl={'module': 'cleanrl'}) as started:
        described = prepare(started, SMALL)
        rates = take_turns(started, list(described), rounds=2, seconds=0.05)
    assert described['ours'].startswith('cpu (as configured), ')
    assert {name: len(each) for name, each in rates.items()} == {'ours': 2, 'cleanrl': 2}
    assert min(*rates['ours'], *rates['cleanrl']) > 0.0


def test_contestant_that_cannot_do_a_case_is_left_out_with_a_warning(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with contestants(ours={'module': 'ours'}, cleanrl={'module': 'cleanrl'}) as started:
        described = prepare(started, {**SMALL, 'precision': 'fp16'})
    assert list(described) == ['cleanrl']
    assert 'no row for ours: ours: ValueError: precision must be one of' in capfd.readouterr().err


def test_replay_benchmark_prints_a_json_line_for_each_result() -> None:
    ended = subprocess.run(
        [sys.executable, ROOT / 'benchmarks', '--quick', '--only', 'replay', '--cpus', '1'],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line['case'] for line in lines][:2] == ['memory', 'insert 1']
    assert {line.get('cpus', 1) for line in lines} == {1}
    assert 160.0 < lines[0]['bytes_per_transition'] < 180.0


def test_ratio_is_that_of_turns_in_the_same_round() -> None:
    result = compared({'ours': [10.0, 40.0, 20.0], 'other': [5.0, 10.0, 10.0]})
    assert result['steps_per_s'] == 20.0
    assert result['vs_other'] == 2.0
    assert result['vs_other_range'] == [2.0, 4.0]


def test_processors_are_chosen_on_distinct_cores_first() -> None:
    pairs = {cpu: frozenset({cpu, cpu ^ 1}) for cpu in range(4)}
    assert choose([0, 1, 2, 3], pairs, 2) == [0, 2]
    assert choose([0, 1, 2, 3], pairs, 3) == [0, 1, 2]
    assert choose([0, 1, 2, 3], {cpu: frozenset({cpu}) for cpu in range(4)}, 2) == [0, 1]


def test_tables_of_the_documentation_are_written_from_results(tmp_path: Path) -> None:
    page = tmp_path / 'performance.md'
    page.write_text((ROOT / 'docs' / 'performance.md').read_text())
    lines = [
        {'case': 'memory', 'transitions': 10, 'megabytes': 1.0, 'bytes_per_transition': 168.0},
        {'case': 'insert 1', 'us_per_call': 8.5, 'transitions_per_s': 117000, 'load': 0.1},
    ]
    (tmp_path / 'replay_4.jsonl').write_text('\n'.join(json.dumps(line) for line in lines))
    documents.write(tmp_path, tmp_path)
    assert '| insert 1 | 8.5 | 117,000 |' in page.read_text()
