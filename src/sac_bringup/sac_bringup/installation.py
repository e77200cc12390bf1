# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Where the installed packages are, found as ROS finds them."""

from __future__ import annotations

import os
from pathlib import Path

from ament_index_python.packages import get_package_prefix, PackageNotFoundError


def config_directory() -> Path:
    """Return the installed config/ directory."""
    return _prefix('sac_bringup') / 'share' / 'sac_bringup' / 'config'


def find_executable(package: str, executable: str) -> Path:
    """Return the path of the executable that `ros2 run` would start.

    :raises ValueError: where package or executable is not installed
    """
    path = _prefix(package) / 'lib' / package / executable
    if not os.access(path, os.X_OK):
        raise ValueError(f'{path} is not an executable: is the workspace built?')
    return path


def is_installed(package: str, executable: str = '') -> bool:
    """Return whether a package is there, with an executable where one is named."""
    try:
        prefix = Path(get_package_prefix(package))
    except PackageNotFoundError:
        return False
    return not executable or os.access(prefix / 'lib' / package / executable, os.X_OK)


def _prefix(package: str) -> Path:
    try:
        return Path(get_package_prefix(package))
    except PackageNotFoundError:
        raise ValueError(
            f'package {package!r} not found: is the workspace built and sourced?'
        ) from None
