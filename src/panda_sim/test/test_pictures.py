# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of the twin: published off the simulation's thread, and written to a file."""

from __future__ import annotations

from pathlib import Path
import subprocess
import sys

import imageio.v2 as imageio
import numpy as np
from panda_sim.arm import READY
from panda_sim.ros import driver_topics as topics
from panda_sim.video import Video
import pytest
from sac_core.ros.testing import Spinner
from sac_core.testing import environment_without_opengl
from sensor_msgs.msg import Image

from .driver_client import DriverClient

pytestmark = pytest.mark.node

WITHOUT_OPENGL = """
from panda_sim.camera import Camera
from panda_sim.twin import Twin
twin = Twin()
camera = Camera(twin.model, print, print)
for _ in range(3):
    twin.advance(0.1)
    camera.show(twin.data.qpos, twin.time)
camera.close()
print(f'{twin.time:.1f} s simulated')
"""

DYING = """
import os
from pathlib import Path
import signal
from panda_sim.drawing import Drawing
from panda_sim.twin import Twin
from sac_core.drawing import DrawingError
twin = Twin()
drawing = Drawing(twin.model)
print(drawing.draw(twin.data.qpos).shape)
(child,) = Path(f'/proc/self/task/{os.getpid()}/children').read_text().split()
os.kill(int(child), signal.SIGKILL)
try:
    drawing.draw(twin.data.qpos)
except DrawingError as error:
    print(error)
"""


@pytest.mark.drawing
@pytest.mark.timeout(60)
def test_pictures_show_the_arm_and_fill_a_video(tmp_path: Path) -> None:
    path = tmp_path / 'arm.gif'
    with Spinner() as spinner:
        client = DriverClient(spinner, render=True, video=str(path), scene='peg_insert')
        images = spinner.collect(client.node, Image, 'panda_sim/image', topics.NEWEST)
        spinner.until(lambda: images, timeout=40.0)
        client.sim.twin.place(READY + 0.3)
        seen = len(images)
        spinner.until(lambda: len(images) > seen + 1, timeout=40.0)
        client.close()
    picture = np.frombuffer(images[-1].data, np.uint8).reshape(480, 640, 3)
    assert images[-1].encoding == 'rgb8'
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 100, 'not one color'
    assert len(imageio.mimread(path)) >= 2


@pytest.mark.parametrize('name', ['arm.avi', 'arm'])
def test_a_video_of_an_unknown_kind_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match='video'):
        Video(tmp_path / name, 5.0)


@pytest.mark.parametrize('backend', [None, 'egl', 'osmesa'])
def test_without_opengl_the_arm_moves_and_one_line_says_what_to_install(
    tmp_path: Path, backend: str | None
) -> None:
    environment = environment_without_opengl(tmp_path)
    if backend:
        environment['MUJOCO_GL'] = backend
    ended = subprocess.run(
        [sys.executable, '-c', WITHOUT_OPENGL], env=environment, capture_output=True, text=True
    )
    line, simulated = ended.stdout.splitlines()
    package = 'libosmesa6' if backend == 'osmesa' else 'libegl1 libgl1'
    assert line.startswith('no pictures: MuJoCo cannot draw')
    assert line.endswith(f'sudo apt-get install {package}')
    assert simulated == '0.3 s simulated'
    assert (ended.returncode, ended.stderr) == (0, '')


@pytest.mark.drawing
def test_a_process_that_draws_and_dies_is_told_and_takes_nothing_with_it() -> None:
    ended = subprocess.run(
        [sys.executable, '-c', DYING], capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines() == [
        '(480, 640, 3)',
        'the process that draws ended, code -9',
    ]
