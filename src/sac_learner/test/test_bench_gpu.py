# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmark for a GPU, rehearsed on the CPU, so that it runs through where there is one."""

from __future__ import annotations

from dataclasses import replace
import json
import os
from pathlib import Path
import subprocess
import sys

import pytest
import torch

ROOT = Path(__file__).resolve().parents[3]
BENCHMARK = ROOT / 'benchmarks' / 'bench_gpu.py'
HAS_GPU = torch.cuda.is_available()
# What a machine without this project's environment lacks must not be asked for.
WITHOUT_ROS = """
import runpy, sys
for name in ('rclpy', 'sac_interfaces', 'safetensors', 'yaml', 'gymnasium'):
    sys.modules[name] = None
sys.argv = sys.argv[1:]
sys.path.insert(0, str(__import__('pathlib').Path(sys.argv[0]).parent))
runpy.run_path(sys.argv[0], run_name='__main__')
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    packages = [str(ROOT / 'src' / name) for name in ('sac_core', 'sac_learner')]
    return subprocess.run(
        [sys.executable, '-c', WITHOUT_ROS, str(BENCHMARK), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(packages), 'OMP_NUM_THREADS': '1'},
    )


@pytest.mark.system
@pytest.mark.timeout(180)
def test_rehearsal_on_the_cpu_runs_every_part_without_ros() -> None:
    result = run('--device', 'cpu', '--quick', '--case', 'c2_utd8')
    assert result.returncode == 0, result.stdout + result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    names = [line['bench'] for line in lines]
    assert set(names) == {'gpu_device', 'gpu_check', 'gpu', 'gpu_publish', 'gpu_insert'}
    assert names.count('gpu_check') == 9
    assert all(line['ok'] for line in lines if line['bench'] == 'gpu_check')
    (speed,) = (line for line in lines if line['bench'] == 'gpu')
    assert (speed['case'], speed['kernels_of']) == ('c2_utd8_fp32', 'torch')
    assert min(speed[name] for name in speed if name.endswith('per_s')) > 0


@pytest.mark.skipif(HAS_GPU, reason='there is a GPU')
def test_without_a_gpu_it_says_so_in_one_line() -> None:
    result = subprocess.run(
        ['make', '--no-print-directory', '--silent', 'bench-gpu', f'PYTHON={sys.executable}'],
        cwd=ROOT,
        # What `make test` itself was called with is not for this one.
        env={
            k: v for k, v in os.environ.items() if k not in ('ARGS', 'MAKEFLAGS', 'MAKEOVERRIDES')
        },
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert result.stdout == ''
    assert result.stderr.startswith('bench-gpu: no GPU: torch ')
    assert [line for line in result.stderr.splitlines() if not line.startswith('make')][1:] == []


@pytest.mark.skipif(not HAS_GPU, reason='needs a GPU')
@pytest.mark.timeout(600)
def test_recorded_steps_hold_every_check_on_the_gpu() -> None:
    result = run('--quick')
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_step_that_computes_something_else_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARK.parent))
    import gpu_checks

    class SlowerTargets(gpu_checks.SacStep):
        def __init__(self, config: gpu_checks.SacConfig, *args: object, **options: object) -> None:
            super().__init__(replace(config, tau=0.9 * config.tau), *args, **options)

    monkeypatch.setattr(gpu_checks, 'SacStep', SlowerTargets)
    checks = gpu_checks.all_checks(torch.device('cpu'), ['fp32'])
    result = checks['c2_fp32, kernels of torch']()
    assert not result['ok'], result
