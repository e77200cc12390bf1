# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""When evaluations are due, and when the run may end."""

from __future__ import annotations

from sac_actor.evaluation import EvaluationPlan, REQUESTED_EPISODES


def run_episodes(evaluation: EvaluationPlan, env_steps: int, *, at_end: bool = False) -> int:
    """Run episodes of an evaluation until one is to be collected; return how many."""
    count = 0
    while evaluation.begin_episode(env_steps, at_end=at_end):
        evaluation.finish_episode()
        count += 1
        assert count < 100
        if at_end and not evaluation.is_left:
            break
    return count


def test_without_episodes_nothing_is_evaluated_unasked_and_the_run_may_end() -> None:
    evaluation = EvaluationPlan(episodes=0, period=100)
    assert [run_episodes(evaluation, steps) for steps in (0, 100, 1000)] == [0, 0, 0]
    assert not evaluation.is_left


def test_an_evaluation_follows_each_period_of_collected_steps() -> None:
    evaluation = EvaluationPlan(episodes=3, period=100)
    counts = [run_episodes(evaluation, steps) for steps in (0, 60, 120, 180, 230, 290, 601)]
    assert counts == [0, 0, 3, 0, 3, 0, 3]


def test_what_an_earlier_process_collected_makes_none_due() -> None:
    evaluation = EvaluationPlan(episodes=3, period=100)
    assert [run_episodes(evaluation, steps) for steps in (550, 590, 600)] == [0, 0, 3]


def test_a_request_is_met_once_with_the_next_episode() -> None:
    evaluation = EvaluationPlan(episodes=2)
    assert evaluation.request() == 2
    assert run_episodes(evaluation, 10) == 2
    assert run_episodes(evaluation, 20) == 0


def test_a_request_is_met_where_no_episodes_are_configured() -> None:
    evaluation = EvaluationPlan()
    assert evaluation.request() == REQUESTED_EPISODES
    assert evaluation.is_left
    assert run_episodes(evaluation, 10) == REQUESTED_EPISODES
    assert not evaluation.is_left


def test_the_run_ends_with_an_evaluation_and_only_one() -> None:
    evaluation = EvaluationPlan(episodes=4, period=100)
    assert run_episodes(evaluation, 50) == 0
    evaluation.request()
    assert evaluation.is_left
    assert run_episodes(evaluation, 100, at_end=True) == 4
    assert not evaluation.is_left


def test_an_episode_that_was_cut_off_is_run_again() -> None:
    evaluation = EvaluationPlan(episodes=2)
    evaluation.request()
    begun = 0
    for _ in range(3):  # cut off
        begun += evaluation.begin_episode(10, at_end=False)
    assert begun == 3
    assert run_episodes(evaluation, 10) == 2
