# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A run shown in the browser: the run does not depend on it."""

from __future__ import annotations

from pathlib import Path
import urllib.request

from dashboard_run import DashboardRun, wait_for
import pytest
from real_run import Runner


@pytest.mark.timeout(170)
def test_a_run_goes_on_when_its_dashboard_dies(runner: Runner, small_learner: Path) -> None:
    run = DashboardRun(
        runner, 'train', f'params_file:={small_learner}', 'control_rate:=0', 'max_env_steps:=500'
    )
    with urllib.request.urlopen(run.link, timeout=20) as page:
        assert b'Emergency stop' in page.read()
    wait_for(lambda: run.env_steps() > 20)
    run.kill('dashboard')
    code = run.wait()
    assert run.summary()['env_steps'] == 500
    assert 'dashboard killed by SIGKILL' in ''.join(run.lines)
    assert code == 128 + 9  # the run is complete; that something died is not kept secret
