# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The history stays small over any run, and thinning it out hides nothing that matters."""

from __future__ import annotations

import math

import pytest
from sac_dashboard.history import History

COLUMNS = {'time': 'last', 'speed': 'mean', 'lateness': 'max'}


def filled(rows: int, *, recent: int = 10, thinned: int = 8) -> History:
    history = History(COLUMNS, recent=recent, thinned=thinned)
    for index in range(rows):
        lateness = 99.0 if index == 3 else 0.0
        history.append({'time': index, 'speed': float(index), 'lateness': lateness})
    return history


def test_what_is_short_is_kept_as_it_came() -> None:
    snapshot = filled(5).snapshot()
    assert snapshot['columns'] == ['time', 'speed', 'lateness']
    assert (
        snapshot['thinned']
        == snapshot['recent']
        == [[index, float(index), 99.0 if index == 3 else 0.0] for index in range(5)]
    )


@pytest.mark.parametrize('rows', [8, 9, 100, 12_345])
def test_a_long_run_takes_no_more_room(rows: int) -> None:
    snapshot = filled(rows).snapshot()
    assert 4 <= len(snapshot['thinned']) <= 9
    assert len(snapshot['recent']) == min(rows, 10)
    assert snapshot['thinned'][-1][0] == snapshot['recent'][-1][0] == rows - 1
    assert max(row[2] for row in snapshot['thinned']) == 99.0  # the one late tick is still seen


def test_thinned_rows_are_evenly_spaced_means() -> None:
    thinned = filled(64).snapshot()['thinned']
    assert thinned == [[16 * n + 15, 16 * n + 7.5, 99.0 if n == 0 else 0.0] for n in range(4)]


def test_ten_hours_at_one_row_a_second_are_bounded() -> None:
    history = History(COLUMNS)
    for index in range(36_000):
        history.append({'time': index, 'speed': 50.0, 'lateness': 1e-4})
    assert len(history.snapshot()['thinned']) <= 1001


def test_what_is_unknown_stays_unknown_and_spoils_no_mean() -> None:
    history = History(COLUMNS, thinned=2)
    history.append({'time': 0, 'speed': math.nan, 'lateness': None})
    history.append({'time': 1, 'speed': 4.0})
    assert history.snapshot()['thinned'] == [[1, 4.0, None]]


def test_a_reader_gets_each_new_row_once() -> None:
    history = filled(5)
    assert history.since(5) == []
    assert [row[0] for row in history.since(3) or []] == [3, 4]


def test_a_reader_that_missed_too_much_is_told_so() -> None:
    history = filled(30)
    assert history.since(19) is None
    assert history.since(31) is None  # of another history
    assert len(history.since(20) or []) == 10


def test_a_column_that_comes_later_is_unknown_before_and_readers_begin_anew() -> None:
    history = filled(20)
    history.add_column('td_error', 'mean')
    history.append({'time': 20, 'speed': 20.0, 'lateness': 0.0, 'td_error': 0.5})
    snapshot = history.snapshot()
    assert snapshot['columns'][-1] == 'td_error'
    assert {len(row) for row in (*snapshot['recent'], *snapshot['thinned'])} == {4}
    assert [row[3] for row in snapshot['recent'][-2:]] == [None, 0.5]
    assert history.since(20) is None
    assert history.since(21) == []
