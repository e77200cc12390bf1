# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Another algorithm than SAC learns through the real processes, and its policy runs alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_run import Runner

ENV_STEPS = 6000
TRAINING_STARTS = 300
SOLVED = -250.0


@pytest.mark.timeout(400)
def test_td3_solves_pendulum_and_its_policy_runs_alone(
    runner: Runner, small_learner: Path
) -> None:
    td3 = runner.run(
        'train',
        'algorithm:=td3',
        'env_id:=Pendulum-v1',
        'control_rate:=0',
        f'max_env_steps:={ENV_STEPS}',
        'seed:=1',
        'utd_ratio:=4',  # plain torch: half the updates in half the time
        f'params_file:={small_learner}',
        name='td3',
        timeout=280.0,
    )
    assert td3.exit_code == 0, td3.output
    assert td3.summary['final_return_mean'] > SOLVED
    assert td3.summary['learner_steps'] == ENV_STEPS - TRAINING_STARTS
    checkpoint = td3.directory / 'checkpoints' / 'latest'
    policy = runner.run(
        'policy', f'checkpoint:={checkpoint}', 'control_rate:=0', 'episodes:=5', name='td3_policy'
    )
    assert policy.exit_code == 0, policy.output
    episodes = policy.lines('episodes.jsonl')
    assert sum(episode['episode_return'] for episode in episodes) / 5 > SOLVED
