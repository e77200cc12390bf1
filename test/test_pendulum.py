# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The main job in small: three real processes learn Pendulum-v1, and the policy runs alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_run import Run, Runner

pytestmark = pytest.mark.main_job

ENV_STEPS = 6000
TRAINING_STARTS = 300
UTD_RATIO = 8
SOLVED = -250.0


@pytest.fixture(scope='module')
def training(shared_runner: Runner, small_learner: Path) -> Run:
    return shared_runner.run(
        'train',
        'env_id:=Pendulum-v1',
        'control_rate:=0',
        f'max_env_steps:={ENV_STEPS}',
        'seed:=1',
        f'params_file:={small_learner}',
    )


@pytest.mark.timeout(200)
def test_pendulum_is_solved_within_6000_steps(training: Run) -> None:
    assert training.exit_code == 0, training.output
    assert training.summary['final_return_mean'] > SOLVED
    assert training.summary['exit_reason'] == 'max_env_steps'


@pytest.mark.timeout(200)
def test_lockstep_keeps_the_update_to_data_ratio_exactly(training: Run) -> None:
    summary = training.summary
    assert summary['learner_steps'] == ENV_STEPS - TRAINING_STARTS
    assert summary['critic_updates'] == UTD_RATIO * (ENV_STEPS - TRAINING_STARTS)
    assert summary['measured_utd'] == UTD_RATIO


@pytest.mark.timeout(200)
def test_every_transition_is_stored_exactly_once(training: Run) -> None:
    summary = training.summary
    assert summary['env_steps'] == ENV_STEPS
    assert summary['transitions_sent'] == ENV_STEPS
    assert summary['transitions_stored'] == ENV_STEPS
    assert summary['duplicates'] == 0
    assert summary['lost'] == 0


@pytest.mark.timeout(200)
def test_run_directory_tells_the_whole_run(training: Run) -> None:
    metrics, episodes = training.lines('metrics.jsonl'), training.lines('episodes.jsonl')
    assert metrics[-1]['env_steps'] == ENV_STEPS
    assert [episode['length'] for episode in episodes] == [200] * (ENV_STEPS // 200)
    assert all(episode['truncated'] and not episode['terminated'] for episode in episodes)
    assert (training.directory / 'learning_curve.png').read_bytes().startswith(b'\x89PNG')
    assert 'batch_size: 64' in (training.directory / 'config.yaml').read_text()


@pytest.mark.timeout(200)
def test_policy_runs_without_a_learner(training: Run, shared_runner: Runner) -> None:
    checkpoint = training.directory / 'checkpoints' / 'latest'
    policy = shared_runner.run(
        'policy', f'checkpoint:={checkpoint}', 'control_rate:=0', 'episodes:=5', name='policy'
    )
    assert policy.exit_code == 0, policy.output
    episodes = policy.lines('episodes.jsonl')
    assert len(episodes) == 5
    assert all(episode['deterministic'] for episode in episodes)
    assert sum(episode['episode_return'] for episode in episodes) / 5 > SOLVED
    assert 'learner' not in policy.output


@pytest.mark.timeout(100)
def test_policy_for_another_robot_is_refused(training: Run, shared_runner: Runner) -> None:
    checkpoint = training.directory / 'checkpoints' / 'latest'
    refused = shared_runner.run(
        'policy', f'checkpoint:={checkpoint}', 'env_id:=HalfCheetah-v5', name='refused'
    )
    assert refused.exit_code != 0
    assert 'the policy has observation_dim 3, the robot has 17' in refused.output
