# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Lockstep repeats to the bit; at 50 Hz nothing is lost; several actors share a learner."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_run import Run, Runner


def _returns(run: Run) -> list[float]:
    assert run.exit_code == 0, run.output
    return [episode['episode_return'] for episode in run.lines('episodes.jsonl')]


@pytest.mark.timeout(120)
def test_lockstep_runs_of_one_seed_are_identical(runner: Runner, small_learner: Path) -> None:
    words = ('train', 'env_id:=Pendulum-v1', 'control_rate:=0', 'max_env_steps:=1000')
    first, second, other = (
        runner.run(*words, f'seed:={seed}', f'params_file:={small_learner}', name=name)
        for seed, name in ((3, 'first'), (3, 'second'), (4, 'other'))
    )
    assert len(_returns(first)) == 5
    assert _returns(first) == _returns(second)
    assert _returns(first) != _returns(other)


@pytest.mark.main_job
@pytest.mark.timeout(120)
def test_at_50_hz_every_transition_arrives_and_the_ratio_is_never_exceeded(
    runner: Runner, small_learner: Path
) -> None:
    run = runner.run(
        'train',
        'env_id:=HalfCheetah-v5',
        'max_env_steps:=750',
        f'params_file:={small_learner}',
    )
    assert run.exit_code == 0, run.output
    summary = run.summary
    assert summary['transitions_sent'] == summary['transitions_stored'] == 750
    assert summary['duplicates'] == summary['lost'] == 0
    assert 0 < summary['measured_utd'] <= 8
    assert summary['wall_s'] > 750 / 50


@pytest.mark.timeout(120)
def test_two_actors_feed_one_learner(runner: Runner, small_learner: Path) -> None:
    run = runner.run(
        'train',
        'env_id:=Pendulum-v1',
        'actors:=2',
        'max_env_steps:=600',
        f'params_file:={small_learner}',
    )
    assert run.exit_code == 0, run.output
    summary = run.summary
    assert summary['transitions_sent'] == summary['transitions_stored'] == 600
    assert summary['duplicates'] == summary['lost'] == 0
    sessions = {session['actor']: session['env_steps'] for session in summary['actor_sessions']}
    assert sessions == {'/actor_0/actor': 300, '/actor_1/actor': 300}


@pytest.mark.timeout(120)
def test_two_actors_in_lockstep_keep_the_ratio_exactly(
    runner: Runner, small_learner: Path
) -> None:
    run = runner.run(
        'train',
        'env_id:=Pendulum-v1',
        'actors:=2',
        'control_rate:=0',
        'max_env_steps:=1000',
        f'params_file:={small_learner}',
    )
    assert run.exit_code == 0, run.output
    assert run.summary['transitions_stored'] == 1000
    assert run.summary['measured_utd'] == 8
