# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs are found, listed and put together over their seeds."""

from __future__ import annotations

import dataclasses
import fcntl
import os
from pathlib import Path

import numpy as np
import pytest
from sac_tools.runs.curves import group_runs, read_curve
from sac_tools.runs.overview import read_overview
from sac_tools.runs.picture import draw_groups
from sac_tools.runs.places import find_policy, find_run, list_runs

from .recorded import make_checkpoint, make_run


def test_runs_that_differ_in_the_seed_alone_become_one_curve(tmp_path: Path) -> None:
    paths = [
        make_run(tmp_path / 'a', seed=0, returns=(0.0, 10.0)),
        make_run(tmp_path / 'b', seed=1, returns=(4.0, 20.0)),
        make_run(tmp_path / 'c', seed=0, returns=(7.0,), utd_ratio=20),
    ]
    groups = group_runs([read_curve(path, 'return') for path in paths])
    assert [group.label for group in groups] == [
        'Pendulum-v1, utd_ratio 8',
        'Pendulum-v1, utd_ratio 20',
    ]
    both = groups[0]
    assert [run.seed for run in both.runs] == [0, 1]
    # running means: 0, 5 and 4, 12
    assert (both.steps[0], both.steps[-1]) == (100, 200)
    np.testing.assert_allclose([both.mean[0], both.mean[-1]], [2.0, 8.5])
    np.testing.assert_allclose([both.low[-1], both.high[-1]], [5.0, 12.0])


def test_a_run_that_ended_early_leaves_the_mean_to_the_others(tmp_path: Path) -> None:
    paths = [
        make_run(tmp_path / 'a', seed=0, returns=(2.0, 2.0, 2.0)),
        make_run(tmp_path / 'b', seed=1, returns=(4.0, 4.0)),
    ]
    (group,) = group_runs([read_curve(path, 'return') for path in paths], spread='range')
    assert (group.mean[0], group.mean[-1]) == (3.0, 2.0)
    assert (group.low[0], group.high[0], group.high[-1]) == (2.0, 4.0, 2.0)


@pytest.mark.parametrize('suffix', ['.png', '.svg'])
def test_a_picture_is_drawn(tmp_path: Path, suffix: str) -> None:
    groups = group_runs([read_curve(make_run(tmp_path / 'a'), 'return')])
    path = tmp_path / f'curves{suffix}'
    draw_groups(groups, path, metric='return', spread='std')
    starts = {'.png': b'\x89PNG', '.svg': b'<?xml'}
    assert path.read_bytes().startswith(starts[suffix])
    with pytest.raises(ValueError, match=r'output must end in one of \.png'):
        draw_groups(groups, tmp_path / 'curves.jpeg', metric='return', spread='std')


def test_a_dollar_in_a_label_is_no_formula(tmp_path: Path) -> None:
    (group,) = group_runs([read_curve(make_run(tmp_path / 'a'), 'return')])
    named = dataclasses.replace(group, label=r"prior_data ['runs/$\a', 'runs/b$']")
    draw_groups([named], tmp_path / 'curves.svg', metric='return', spread='std')


def test_a_run_without_the_figure_is_refused_by_name(tmp_path: Path) -> None:
    run = make_run(tmp_path / 'a', returns=(1.0,))
    with pytest.raises(ValueError, match=r"a: there is no 'critic_loss' in metrics\.jsonl"):
        read_curve(run, 'critic_loss')


def test_the_state_of_a_run_is_told_by_its_files_and_its_lock(tmp_path: Path) -> None:
    run = make_run(tmp_path / 'a')
    assert read_overview(run, now=2000.0).state == 'max_env_steps'
    summary = run / 'summary.json'
    summary.write_text(summary.read_text().replace(': "max_env_steps"', ': "running"'))
    assert read_overview(run, now=2000.0).state == 'interrupted'
    descriptor = os.open(run, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert read_overview(run, now=2000.0).state == 'running'
    finally:
        os.close(descriptor)
    summary.write_text('{"damaged')
    overview = read_overview(run, now=2000.0)
    assert (overview.state, overview.env_id, overview.seed) == ('interrupted', 'Pendulum-v1', 0)


def test_a_run_is_found_by_path_or_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / 'runs' / 'first')
    (tmp_path / 'runs' / 'empty').mkdir()
    (tmp_path / 'below').mkdir()
    monkeypatch.chdir(tmp_path / 'below')
    assert find_run('first') == find_run(str(run)) == run
    assert list_runs(tmp_path / 'runs') == [run]
    with pytest.raises(ValueError, match="RUN 'second': no such directory, nor a run"):
        find_run('second')
    with pytest.raises(ValueError, match='holds no run'):
        find_run('../runs/empty')
    with pytest.raises(ValueError, match='has no checkpoint yet'):
        find_policy('first')
    checkpoint = make_checkpoint(run / 'checkpoints')
    assert find_policy('first').resolve() == checkpoint
    assert find_policy(str(checkpoint)) == checkpoint
