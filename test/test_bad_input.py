# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Bad input ends a run before anything moves: one clear line, a non-zero exit, nothing stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_run import Runner


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ('words', 'expected'),
    [
        (['env_id:=NoSuchEnv-v1'], 'NoSuchEnv'),
        (['control_rate:=-1'], 'control_rate must be in [0, 1000], got -1'),
        (['control_rate:=fast'], 'control_rate'),
        (['batch_size:=256', 'replay_capacity:=100', 'training_starts:=50'], 'batch_size must be'),
        (['no_such_argument:=1'], 'no_such_argument'),
        (['env_id'], 'env_id'),
        (['preset:=nope'], 'nope'),
        (['params_file:=missing.yaml'], 'missing.yaml'),
        (['seed:=-3'], 'seed must be at least 0'),
    ],
)
def test_is_refused_with_one_line(runner: Runner, words: list[str], expected: str) -> None:
    run = runner.run('train', *words)
    errors = [line for line in run.output.splitlines() if 'error' in line]
    assert run.exit_code != 0
    assert len(errors) == 1, run.output
    assert expected in errors[0]
    assert 'Traceback' not in run.output
    assert not run.directory.exists()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ('content', 'expected'),
    [
        ('learner: {ros__parameters: {batch_size: many}}', 'batch_size must be an integer'),
        ('learner: {ros__parameters: {tau: 2.0}}', 'tau must be in'),
        ('learner: {ros__parameters: {batch_sise: 64}}', 'batch_sise'),
        ('actor: {ros__parameters: {deterministic: 3}}', 'deterministic must be true or false'),
        ('lerner: {ros__parameters: {batch_size: 64}}', 'lerner'),
        ('learner: [1, 2', 'params.yaml'),
    ],
)
def test_parameter_file_is_refused(
    runner: Runner, tmp_path: Path, content: str, expected: str
) -> None:
    path = tmp_path / 'params.yaml'
    path.write_text(content)
    run = runner.run('train', f'params_file:={path}')
    errors = [line for line in run.output.splitlines() if 'error' in line]
    assert run.exit_code != 0
    assert len(errors) == 1, run.output
    assert expected in errors[0]
    assert not run.directory.exists()


@pytest.mark.timeout(60)
def test_run_dir_below_a_file_is_refused(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    run = runner.run('train', name='file/run')
    assert run.exit_code != 0
    assert 'run_dir' in run.output


@pytest.mark.timeout(60)
def test_checkpoint_that_is_none_is_refused(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / 'policy.safetensors').write_bytes(b'\x08\0\0\0\0\0\0\0{"a":1} ')
    run = runner.run('policy', f'checkpoint:={tmp_path}')
    assert run.exit_code != 0
    assert 'not a policy file' in run.output
    assert 'Traceback' not in run.output
