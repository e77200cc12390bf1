# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Finds which message packages of the arm's driver are missing and must be stood in for."""

from __future__ import annotations

from collections.abc import Mapping
import os
from pathlib import Path

# Folders under test/; the wheels of ROS have none of these, a ROS installation may.
PACKAGES = ('franka_msgs', 'controller_manager_msgs', 'control_msgs')


def missing(root: Path, env: Mapping[str, str]) -> list[Path]:
    """
    Look in the ament index for the real packages.

    :param env: variables under which the workspace is built; its own `install/` does not count
    :return: the substitutes to build, as folders
    """
    own = root / 'install'
    prefixes = [Path(part) for part in env.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if part]
    underlays = [prefix for prefix in prefixes if own != prefix and own not in prefix.parents]
    return [
        root / 'test' / name
        for name in PACKAGES
        if not any(
            (prefix / 'share/ament_index/resource_index/packages' / name).is_file()
            for prefix in underlays
        )
    ]
