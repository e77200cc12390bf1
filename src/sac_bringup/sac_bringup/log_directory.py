# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Where the processes of a run keep their log files: in its directory, whatever HOME is."""

from __future__ import annotations

from collections.abc import Mapping
import os
from pathlib import Path
import tempfile

from sac_bringup.checks import why_not_writable

LOG_DIRECTORY = 'log'  # in the directory of a run


def log_environment(run_dir: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that tell ROS where to write log files, and matplotlib its cache.

    ROS would take ~/.ros/log. A systemd unit or a container may have no HOME, or one that cannot
    be written; there no node would start.

    :param run_dir: of the run; None: it keeps no records
    :param environ: of the run; ROS_LOG_DIR and ROS_HOME, where they are set, are obeyed
    :raises ValueError: where the directory that they name cannot be written
    """
    variables = {}
    home = environ.get('HOME', '')
    home_is_writable = bool(home) and not why_not_writable(Path(home))
    scratch = Path(tempfile.gettempdir(), f'ros-{os.getuid()}')
    if not home_is_writable and not environ.get('MPLCONFIGDIR'):
        variables['MPLCONFIGDIR'] = str(scratch / 'matplotlib')
    for name in ('ROS_LOG_DIR', 'ROS_HOME'):
        given = environ.get(name)
        if given:
            if reason := why_not_writable(Path(given).absolute()):
                raise ValueError(
                    f'{name}={given} cannot be written: {reason}; set it to a directory that can'
                    ' be, or unset it'
                )
            return variables
    if run_dir is not None:
        variables['ROS_LOG_DIR'] = str(run_dir / LOG_DIRECTORY)
    elif not home_is_writable:
        variables['ROS_LOG_DIR'] = str(scratch / LOG_DIRECTORY)
    return variables
