# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of the twin: published off the simulation's thread, and written to a file."""

from __future__ import annotations

from pathlib import Path

import imageio.v2 as imageio
import numpy as np
from panda_sim.arm import READY
from panda_sim.ros import driver_topics as topics
from panda_sim.video import Video
import pytest
from sac_core.ros.testing import Spinner
from sensor_msgs.msg import Image

from .driver_client import DriverClient


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
