# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Log files go to the run's directory, with or without a home."""

from __future__ import annotations

import os
from pathlib import Path
import tempfile

import pytest
from sac_bringup.log_directory import log_environment

NO_HOMES: tuple[dict[str, str], ...] = ({}, {'HOME': ''}, {'HOME': '/proc/none'})


@pytest.mark.parametrize('environ', [*NO_HOMES, {'HOME': tempfile.gettempdir()}])
def test_a_run_with_a_directory_logs_there(tmp_path: Path, environ: dict[str, str]) -> None:
    run_dir = tmp_path / 'run'  # which is not made by asking
    assert log_environment(run_dir, environ)['ROS_LOG_DIR'] == str(run_dir / 'log')
    assert not run_dir.exists()


@pytest.mark.parametrize('environ', NO_HOMES)
def test_a_run_without_a_directory_and_a_home_logs_below_the_temporary_files(
    environ: dict[str, str],
) -> None:
    logs = Path(log_environment(None, environ)['ROS_LOG_DIR'])
    assert logs.is_relative_to(tempfile.gettempdir())
    assert str(os.getuid()) in str(logs)  # of its own: two users share the machine


def test_a_run_without_a_directory_logs_in_the_home_that_there_is(tmp_path: Path) -> None:
    assert log_environment(None, {'HOME': str(tmp_path)}) == {}


@pytest.mark.parametrize('name', ['ROS_LOG_DIR', 'ROS_HOME'])
def test_a_directory_that_the_user_names_is_obeyed(tmp_path: Path, name: str) -> None:
    environ = {'HOME': str(tmp_path), name: str(tmp_path / 'mine')}
    assert 'ROS_LOG_DIR' not in log_environment(tmp_path / 'run', environ)


@pytest.mark.parametrize('name', ['ROS_LOG_DIR', 'ROS_HOME'])
def test_one_that_cannot_be_written_is_refused_by_name(tmp_path: Path, name: str) -> None:
    environ = {'HOME': str(tmp_path), name: '/proc/none'}
    with pytest.raises(ValueError, match=f'^{name}=/proc/none cannot be written: .*unset it$'):
        log_environment(tmp_path / 'run', environ)


@pytest.mark.parametrize('environ', NO_HOMES)
def test_matplotlib_gets_a_place_for_its_cache(tmp_path: Path, environ: dict[str, str]) -> None:
    assert Path(log_environment(tmp_path, environ)['MPLCONFIGDIR']).is_absolute()
    own = {**environ, 'MPLCONFIGDIR': '/mine'}
    assert 'MPLCONFIGDIR' not in log_environment(tmp_path, own)
