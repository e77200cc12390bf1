# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Limits that end an episode are found in what was stored, and only those."""

from __future__ import annotations

import numpy as np
import pytest
from sac_learner.model.terminations import TerminationLimits
from sac_learner.replay_rows import row_type, RowArray
import torch
from torch import Tensor

pytestmark = pytest.mark.timeout(30)
INF = float('inf')


def stored(went_on: list[list[float]], ended: list[list[float]]) -> RowArray:
    rows = np.zeros(len(went_on) + len(ended), row_type(2, 1))
    rows['next_observations'] = [*went_on, *ended]
    rows['terminated'][len(went_on) :] = 1
    return rows


def learned(went_on: list[list[float]], ended: list[list[float]]) -> TerminationLimits:
    limits = TerminationLimits(2)
    limits.learn(stored(went_on, ended))
    return limits


def of(limits: TerminationLimits) -> list[list[float]]:
    return [limits.low.tolist(), limits.high.tolist()]


def random_walk(count: int = 3000) -> RowArray:
    """A robot that falls below a height of 0.75 and beyond an angle of 0.5, to either side."""
    states = np.random.default_rng(0).normal([1.0, 0.0], [0.125, 0.25], (count, 2))
    fell = (states[:, 0] < 0.75) | (abs(states[:, 1]) > 0.5)
    return stored(states[~fell].tolist(), states[fell].tolist())


def test_the_limits_of_height_and_angle_are_found_to_within_what_was_seen() -> None:
    limits = TerminationLimits(2)
    limits.learn(random_walk())
    assert limits.explain_all
    assert limits.low.tolist() == pytest.approx([0.75, -0.5], abs=0.01)
    assert limits.high.tolist() == pytest.approx([INF, 0.5], abs=0.01)


def test_a_state_is_beyond_a_limit_by_any_of_its_values() -> None:
    limits = TerminationLimits(2)
    limits.learn(random_walk())
    states = torch.tensor([[1.0, 0.0], [9.0, 0.0], [0.7, 0.0], [1.0, 0.6], [1.0, -0.6]])
    assert limits.are_passed(states).tolist() == [False, False, True, True, True]


def test_a_value_that_was_also_new_where_another_explains_the_fall_is_no_limit() -> None:
    limits = learned([[0.0, 0.0], [1.0, 1.0]], [[-1.0, 0.5], [-2.0, 3.0]])
    assert of(limits) == [[0.0, -INF], [INF, INF]]


def test_where_a_robot_went_on_is_no_termination_any_more() -> None:
    limits = learned([[0.0, 0.0], [1.0, 1.0]], [[-1.0, 0.5], [0.5, 3.0]])
    assert of(limits) == [[0.0, -INF], [INF, 1.0]]
    limits.learn(stored([[-0.5, 4.0]], []))
    assert of(limits) == [[-0.5, -INF], [INF, INF]]
    assert not limits.explain_all  # (0.5, 3.0) is by none now


def test_without_a_termination_there_is_no_limit_and_nothing_to_explain() -> None:
    limits = learned([[0.0, 0.0], [1.0, 1.0]], [])
    assert limits.explain_all
    assert not limits.are_passed(torch.tensor([[9.0, -9.0]])).any()


def test_a_goal_within_the_range_is_not_explained() -> None:
    limits = learned([[0.0, 0.0], [1.0, 1.0]], [[0.5, 0.5]])
    assert of(limits) == [[-INF, -INF], [INF, INF]]
    assert not limits.explain_all


def test_as_long_as_a_robot_went_on_nowhere_every_state_is_a_termination() -> None:
    limits = TerminationLimits(2)
    limits.learn(stored([], [[1.0, 1.0]]))
    assert limits.are_passed(torch.tensor([[1.0, 1.0]])).tolist() == [True]
    limits.learn(stored([[0.0, 0.0], [2.0, 2.0]], []))
    assert limits.are_passed(torch.tensor([[1.0, 1.0]])).tolist() == [False]


def test_in_pieces_and_in_any_order_it_learns_the_same() -> None:
    rows = random_walk(200)
    at_once, in_pieces = TerminationLimits(2), TerminationLimits(2)
    at_once.learn(rows)
    for piece in np.array_split(rows[::-1], 7):
        in_pieces.learn(piece)
    assert of(in_pieces) == of(at_once)


def test_it_goes_on_from_copied_tensors() -> None:
    rows = random_walk(200)
    one, other = TerminationLimits(2), TerminationLimits(2)
    one.learn(rows[::2])
    copied: dict[str, Tensor] = {name: each.clone() for name, each in one.tensors().items()}
    other.load(copied)
    for limits in (one, other):
        limits.learn(rows[1::2])
    assert of(one) == of(other)
    assert of(one) != of(TerminationLimits(2))


def test_of_very_many_falls_the_newest_count() -> None:
    limits = learned([[0.0, 0.0], [1.0, 1.0]], [[-1.0, 0.5]] + [[0.5, 2.0]] * 4096)
    assert of(limits) == [[-INF, -INF], [INF, 1.0]]
