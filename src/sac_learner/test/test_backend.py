# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Choice of the implementation of the step."""

from __future__ import annotations

from collections.abc import Iterator
import logging
import os
import subprocess
import sys

import pytest
from sac_learner import hardware
from sac_learner.algorithms.sac import backend
from sac_learner.algorithms.sac.backend import make_step
from sac_learner.algorithms.sac.native.build import BuildError
from sac_learner.algorithms.sac.native.library import offers_bf16
from sac_learner.algorithms.sac.native.native_step import NativeStep
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.config import SacConfig
from sac_learner.hardware import available_cores, default_threads
import torch

pytestmark = pytest.mark.timeout(120)

SMALL = SacConfig(hidden_dims=(16,), batch_size=8, utd_ratio=2)


@pytest.fixture(autouse=True)
def same_torch_threads() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_native_core_is_chosen_on_the_cpu() -> None:
    step, line = make_step(SMALL, 3, 1, device='cpu', threads=2)
    assert isinstance(step, NativeStep)
    assert step.threads == 2
    assert line.startswith('cpu (as configured), native core, fp32, 2 of ')


def test_plain_torch_is_the_fallback_with_one_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise BuildError('no C++ compiler found')

    monkeypatch.setattr('sac_learner.algorithms.sac.native.library.build', fail)
    with caplog.at_level(logging.WARNING):
        step, line = make_step(SMALL, 3, 1, device='cpu', threads=1)
    assert isinstance(step, SacStep)
    assert 'no native core' in line
    assert [r.message for r in caplog.records] == [
        'the native core is not available (no C++ compiler found): training with plain torch, '
        'several times slower'
    ]


@pytest.mark.parametrize(('tiles', 'precision'), [(True, 'bf16'), (False, 'fp32')])
def test_automatic_precision_is_the_one_that_the_processor_is_fast_in(
    monkeypatch: pytest.MonkeyPatch, tiles: bool, precision: str
) -> None:
    monkeypatch.setattr(backend, 'offers_bf16', lambda: tiles)
    if tiles and not offers_bf16():
        pytest.skip('this processor has no products of bfloat16')
    _, line = make_step(SMALL, 3, 1, device='cpu', threads=1, precision='auto')
    assert line.startswith(f'cpu (as configured), native core, {precision}, ')


def test_automatic_precision_without_a_native_core_is_the_exact_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise BuildError('no C++ compiler found')

    monkeypatch.setattr('sac_learner.algorithms.sac.native.library.build', fail)
    step, line = make_step(SMALL, 3, 1, device='cpu', threads=1, precision='auto')
    assert isinstance(step, SacStep)
    assert step.precision == 'fp32'
    assert ', torch, fp32, ' in line


@pytest.mark.parametrize('device', ['gpu', 'cuda:99', 'meta', ''])
def test_device_that_is_not_there_is_refused_by_name(device: str) -> None:
    with pytest.raises(ValueError, match=f'device .*{device!r}'):
        make_step(SMALL, 3, 1, device=device)


@pytest.mark.parametrize(
    ('cores', 'threads'),
    [(0.5, 1), (1, 1), (2, 2), (3, 3), (4, 3), (8, 7), (16, 8), (64, 8)],
)
def test_default_threads_leave_a_core_where_there_are_four(cores: float, threads: int) -> None:
    assert default_threads(cores, batch_size=256) == threads


def test_threads_of_torch_sleep_while_they_wait_for_each_other() -> None:
    environment = {k: v for k, v in os.environ.items() if k != 'OMP_WAIT_POLICY'}
    started = subprocess.run(
        [sys.executable, '-c', 'import sac_learner.algorithms.sac.backend'],
        env={**environment, 'OMP_DISPLAY_ENV': 'TRUE'},
        capture_output=True,
        text=True,
        check=True,
    )
    policies = {line.strip() for line in started.stderr.splitlines() if 'WAIT_POLICY' in line}
    if not policies:
        pytest.skip('this torch brings another OpenMP than GNU, which does not tell')
    assert policies == {"OMP_WAIT_POLICY = 'PASSIVE'"}


def test_small_batches_take_few_threads() -> None:
    assert default_threads(16, batch_size=50) == 2


def test_cores_are_those_this_process_may_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware.os, 'sched_getaffinity', lambda _: {3, 5}, raising=False)
    assert available_cores() <= 2
