# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The set-up stands in for message packages of the driver exactly where they are missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import substitutes

pytestmark = pytest.mark.unit


def prefix_with(folder: Path, *packages: str) -> Path:
    index = folder / 'share/ament_index/resource_index/packages'
    index.mkdir(parents=True)
    for package in packages:
        (index / package).touch()
    return folder


@pytest.mark.parametrize(
    ('real', 'built'),
    [
        ([], ['franka_msgs', 'controller_manager_msgs', 'control_msgs']),
        (['controller_manager_msgs'], ['franka_msgs', 'control_msgs']),
        (['franka_msgs', 'controller_manager_msgs', 'control_msgs'], []),
    ],
)
def test_only_what_no_underlay_has_is_built(
    tmp_path: Path, real: list[str], built: list[str]
) -> None:
    underlays = [prefix_with(tmp_path / 'ros'), prefix_with(tmp_path / 'driver', *real)]
    env = {'AMENT_PREFIX_PATH': os.pathsep.join(map(str, underlays))}
    assert [path.name for path in substitutes.missing(tmp_path, env)] == built


def test_an_earlier_build_of_a_substitute_does_not_count_as_the_real_one(tmp_path: Path) -> None:
    own = prefix_with(tmp_path / 'install' / 'franka_msgs', 'franka_msgs')
    found = substitutes.missing(tmp_path, {'AMENT_PREFIX_PATH': str(own)})
    assert 'franka_msgs' in [path.name for path in found]
