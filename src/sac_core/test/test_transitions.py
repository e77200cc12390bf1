# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of transitions and the check before they are stored."""

from __future__ import annotations

import numpy as np
import pytest
from sac_core.transitions import Transitions


def make_rows(count: int = 4) -> Transitions:
    rows = Transitions.empty(count, observation_dim=3, action_dim=2)
    rows.rewards[:] = np.arange(count)
    return rows


def test_rows_are_as_many_as_rewards_and_a_slice_takes_every_field() -> None:
    rows = make_rows()
    part = rows[1:3]
    assert len(rows) == 4
    assert {len(values) for values in vars(part).values()} == {2}
    assert part.rewards.tolist() == [1.0, 2.0]


def test_valid_rows_pass_up_to_the_rounding_of_the_bounds() -> None:
    rows = make_rows()
    rows.actions[0] = [1.0 + 1e-6, -1.0 - 1e-6]
    rows.terminated[1] = rows.truncated[1] = 1
    rows.check()
    make_rows(0).check()


@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf, 2e8])
@pytest.mark.parametrize('name', ['observations', 'actions', 'rewards', 'next_observations'])
def test_a_number_that_is_not_finite_or_huge_is_refused_by_field(name: str, bad: float) -> None:
    rows = make_rows()
    getattr(rows, name)[-1] = bad
    with pytest.raises(ValueError, match=f'^{name} must be finite, and at most 1e[+]08$'):
        rows.check()


def test_an_action_outside_the_policys_range_is_refused() -> None:
    rows = make_rows()
    rows.actions[2, 1] = -1.5
    with pytest.raises(ValueError, match=r'^actions must be in \[-1, 1\], got 1.5$'):
        rows.check()


@pytest.mark.parametrize('name', ['terminated', 'truncated', 'intervened', 'filtered'])
def test_a_flag_that_is_no_flag_is_refused(name: str) -> None:
    rows = make_rows()
    getattr(rows, name)[0] = 2
    with pytest.raises(ValueError, match=f'^{name} must be 0 or 1$'):
        rows.check()
