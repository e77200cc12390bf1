# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which process records a run: that of rosbag2 where it is installed, else the project's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
import re
from typing import Any

from sac_bringup.installation import is_installed
from sac_bringup.process import Process

_ROSBAG2 = ('rosbag2_transport', 'recorder')
# The same as sac_recorder's own: all but the weights, which come many times a second and large.
_OF_RUN = (
    'env_spec',
    'transitions',
    'transition_ack',
    'episode',
    'actor/status',
    'learner/status',
    'emergency_stop',
)
_OF_ROBOT = ('observation', 'command', 'intervention')


def recorder(
    directory: Path,
    *,
    namespace: str,
    robots: Sequence[str],
    parameters: Mapping[str, Any],
    environment: Mapping[str, str],
    log_level: str,
) -> Process:
    """Describe the process.

    :param directory: of the recording
    :param robots: namespace of each robot
    :param parameters: of the project's own recorder
    """
    package, executable, name = 'sac_recorder', 'recorder_node', 'recorder'
    own = dict(parameters) | {'directory': str(directory)}
    if is_installed(*_ROSBAG2) and is_installed('rosbag2_storage_mcap'):
        (package, executable), name = _ROSBAG2, 'rosbag2_recorder'
        own = _of_rosbag2(directory, namespace, robots)
    return Process(
        package=package,
        executable=executable,
        name=name,
        namespace=namespace,
        parameters=own,
        environment=dict(environment),
        log_level=log_level,
        required=False,
    )


def _of_rosbag2(directory: Path, namespace: str, robots: Sequence[str]) -> dict[str, Any]:
    """Give the parameters of rosbag2's recorder, which wants a new directory at each start."""
    names = [each.name for each in directory.iterdir()] if directory.is_dir() else []
    starts = [int(match[1]) for name in names if (match := re.fullmatch('start_([0-9]+)', name))]
    topics = [f'{namespace}/{name}' for name in _OF_RUN]
    topics += [f'{robot}/{name}' for robot in robots for name in _OF_ROBOT]
    return {
        'storage.uri': str(directory / f'start_{max(starts, default=-1) + 1}'),
        'storage.storage_id': 'mcap',
        'storage.storage_preset_profile': 'zstd_fast',
        'record.topics': [*topics, '/diagnostics'],
        'record.include_unpublished_topics': True,
        'record.disable_keyboard_controls': True,
    }
