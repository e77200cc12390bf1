# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The shipped arrangement of rqt (config/monitor.perspective), for a run in any namespace."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from sac_bringup.installation import is_installed

FILE = 'monitor.perspective'
_PACKAGES = (
    'rqt_gui',
    'rqt_gui_py',
    'rqt_graph',
    'rqt_plot',
    'rqt_console',
    'rqt_reconfigure',
    'rqt_runtime_monitor',
)
_NAMES = ('topics', 'selected_nodes')  # settings of plugins that hold absolute names


def check_rqt() -> None:
    """Check that rqt is there, with the plugins of the perspective.

    :raises ValueError: where something is missing, with the command that installs it
    """
    missing = [package for package in _PACKAGES if not is_installed(package)]
    if missing:
        distribution = os.environ.get('ROS_DISTRO') or 'jazzy'
        words = ' '.join(f'ros-{distribution}-{each.replace("_", "-")}' for each in missing)
        raise ValueError(f'rqt is not complete: sudo apt install {words}')


def in_namespace(perspective: str, namespace: str) -> str:
    """Return the text of a perspective whose names are those of a namespace.

    :param namespace: as 'some/namespace'; empty: the names stay as they are
    """
    content = json.loads(perspective)
    if namespace.strip('/'):
        _move(content, f'/{namespace.strip("/")}/')
    return json.dumps(content, indent=2)


def write_perspective(config: Path, directory: Path, namespace: str) -> Path:
    """Write the perspective for a namespace into a directory, from which rqt reads it.

    :param config: where the shipped one is
    """
    path = directory / FILE
    path.write_text(in_namespace((config / FILE).read_text(encoding='utf-8'), namespace))
    return path


def _move(content: dict[str, Any], prefix: str) -> None:
    for name, value in content.items():
        if not isinstance(value, dict):
            continue
        if name in _NAMES and 'repr' in value:  # Python's repr of a name or of a list of them
            value['repr'] = value['repr'].replace("'/", f"'{prefix}")
        else:
            _move(value, prefix)
