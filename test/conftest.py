# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the system tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from real_run import Runner


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    started = Runner(tmp_path)
    yield started
    started.close()


@pytest.fixture(scope='module')
def shared_runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    started = Runner(tmp_path_factory.mktemp('runs'))
    yield started
    started.close()


@pytest.fixture(scope='session')
def small_learner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parameters of a learner that one core can carry, and of a talkative monitor."""
    path = tmp_path_factory.mktemp('parameters') / 'small_learner.yaml'
    path.write_text(
        'learner:\n'
        '  ros__parameters:\n'
        '    hidden_dims: [64, 64]\n'
        '    batch_size: 64\n'
        '    actor_lr: 1.0e-3\n'
        '    critic_lr: 1.0e-3\n'
        '    threads: 1\n'
        'monitor:\n'
        '  ros__parameters:\n'
        '    plain_period: 1.0\n'
        '    summary_timeout: 5.0\n'
    )
    return path
