# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A robot that runs stays in the picture."""

from __future__ import annotations

import subprocess
import sys

import pytest

SHIFTED = """
import sys
import numpy as np
from sim_bridge.environment import open_environment
opened = open_environment('HalfCheetah-v5', print, keywords={}, render_mode='rgb_array')
environment = opened.gymnasium
environment.reset(seed=0)
robot, orange = environment.unwrapped, []
for x in (0.0, 20.0):
    position = robot.data.qpos.copy()
    position[0] = x
    robot.set_state(position, robot.data.qvel.copy())
    red, _, blue = np.moveaxis(environment.render().astype(int), -1, 0)
    orange.append(int((red - blue > 60).sum()))
print(*orange)
"""


@pytest.mark.drawing
def test_the_camera_follows_the_robot() -> None:
    # In a process of its own, which may load OpenGL.
    ended = subprocess.run(
        [sys.executable, '-c', SHIFTED], capture_output=True, text=True, check=True
    )
    at_start, far_away = map(int, ended.stdout.split())
    assert at_start > 100
    assert far_away > 0.5 * at_start
