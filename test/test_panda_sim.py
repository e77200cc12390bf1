# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The arm in small: bridge, twin, actor and learner as real processes, in lockstep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from real_run import Run, Runner

pytestmark = pytest.mark.main_job

ENV_STEPS = 200
TRAINING_STARTS = 100
TIME_LIMIT = 15
EVALUATIONS = 3


@pytest.fixture(scope='module')
def training(shared_runner: Runner, small_learner: Path) -> Run:
    # So coarse a tolerance that chance alone reaches some of the goals, and not all.
    path = small_learner.with_name('joint_reach.yaml')
    path.write_text(
        small_learner.read_text() + 'franka_bridge:\n'
        '  ros__parameters:\n'
        f"    task_numbers: 'max_episode_steps={TIME_LIMIT}; success_angle=0.2; success_steps=1'\n"
    )
    return shared_runner.run(
        'train',
        'robot:=panda_sim',
        'task:=joint_reach',
        'control_rate:=0',
        f'max_env_steps:={ENV_STEPS}',
        f'training_starts:={TRAINING_STARTS}',
        f'eval_episodes:={EVALUATIONS}',
        'seed:=0',
        f'params_file:={path}',
        timeout=150.0,
    )


def episodes(run: Run, *, evaluation: bool) -> list[dict[str, Any]]:
    return [each for each in run.lines('episodes.jsonl') if each['evaluation'] == evaluation]


@pytest.mark.timeout(180)
def test_what_the_arm_lives_through_is_stored_exactly_once(training: Run) -> None:
    assert training.exit_code == 0, training.output
    summary = training.summary
    assert summary['exit_reason'] == 'max_env_steps'
    assert summary['transitions_sent'] == summary['transitions_stored'] == ENV_STEPS
    assert (summary['duplicates'], summary['lost']) == (0, 0)
    assert summary['learner_steps'] == ENV_STEPS - TRAINING_STARTS


@pytest.mark.timeout(180)
def test_an_episode_of_the_arm_ends_with_its_success_or_at_the_time_limit(training: Run) -> None:
    ended = [*episodes(training, evaluation=False), *episodes(training, evaluation=True)]
    at_goal = [each for each in ended if each['terminated']]
    cut = [each for each in ended if each['truncated'] and each['length'] == TIME_LIMIT]
    assert at_goal
    assert cut
    assert all(each['success'] for each in at_goal)
    assert not any(each['success'] for each in cut)
    # the last episode of the training may be cut by the end of the run
    assert len(ended) - len(at_goal) - len(cut) <= 1


@pytest.mark.timeout(180)
def test_the_successes_of_the_arm_are_counted(training: Run) -> None:
    evaluated = episodes(training, evaluation=True)
    assert len(evaluated) == training.summary['eval_episodes'] == EVALUATIONS
    share = sum(each['success'] for each in evaluated) / EVALUATIONS
    assert training.summary['eval_success_rate'] == pytest.approx(share)
