# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The picture is drawn from whatever the files hold."""

from __future__ import annotations

import json

from matplotlib.image import imread
import numpy as np
import pytest
from sac_monitor.learning_curve import draw_learning_curve


def write_lines(path, records):
    path.write_text(''.join(json.dumps(record) + '\n' for record in records))


def episodes(count):
    return [{'env_steps': 200 * (i + 1), 'episode_return': -1500.0 + 50 * i} for i in range(count)]


def metrics(count):
    return [
        {
            'env_steps': 50 * i,
            'critic_loss': None if i < 6 else 100.0 / i,
            'temperature': 0.1 * 0.9**i,
            'q_mean': float(-i),
            'measured_utd': 8.0,
            'target_utd': 8.0,
            'env_steps_per_second': None if i == 0 else 50.0,
        }
        for i in range(count)
    ]


@pytest.mark.parametrize('episode_count', [0, 1, 9, 10, 11, 40])
@pytest.mark.parametrize('metrics_count', [0, 1, 2, 200, 601])
def test_any_amount_of_data_gives_a_picture(tmp_path, episode_count, metrics_count):
    write_lines(tmp_path / 'episodes.jsonl', episodes(episode_count))
    write_lines(tmp_path / 'metrics.jsonl', metrics(metrics_count))
    picture = imread(draw_learning_curve(tmp_path))
    assert picture.shape[1] > 800
    assert picture.std() > 0.01  # not one color


def test_no_files_at_all_give_a_picture_that_says_so(tmp_path):
    assert imread(draw_learning_curve(tmp_path)).shape[0] > 300


def test_episodes_of_unknown_return_do_not_end_the_curve(tmp_path):
    rows = episodes(30)
    write_lines(tmp_path / 'episodes.jsonl', rows[:5] + rows[6:])
    without = imread(draw_learning_curve(tmp_path))
    rows[5]['episode_return'] = None
    write_lines(tmp_path / 'episodes.jsonl', rows)
    assert np.array_equal(imread(draw_learning_curve(tmp_path)), without)


def test_a_new_picture_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path):
    write_lines(tmp_path / 'episodes.jsonl', episodes(3))
    first = draw_learning_curve(tmp_path).read_bytes()
    write_lines(tmp_path / 'episodes.jsonl', episodes(20))
    assert draw_learning_curve(tmp_path).read_bytes() != first
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        'episodes.jsonl',
        'learning_curve.png',
    ]
