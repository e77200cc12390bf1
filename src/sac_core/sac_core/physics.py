# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""MuJoCo for its physics: `from sac_core.physics import mujoco` loads it without OpenGL.

MuJoCo loads the OpenGL that MUJOCO_GL names, or GLFW, when it is imported, and cannot be imported
where that is missing. Only drawing needs it, and `sac_core.drawing` loads it then.
"""

from __future__ import annotations

import os

_chosen = os.environ.get('MUJOCO_GL')
os.environ['MUJOCO_GL'] = 'disable'
try:
    import mujoco
finally:
    del os.environ['MUJOCO_GL']
    if _chosen is not None:  # for this process where it draws, and for those that it starts
        os.environ['MUJOCO_GL'] = _chosen

__all__ = ['mujoco']
