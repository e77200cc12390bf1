# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Writes pictures to a video file as they come."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import imageio.v2 as imageio
from panda_sim.drawing import Picture


class Video:
    """
    A GIF, or an MP4 where imageio-ffmpeg is installed.

    :param path: of the file, which is written over
    :param rate: pictures per second
    :raises ValueError: if its kind is unknown or cannot be written here
    :raises OSError: if the file cannot be written
    """

    def __init__(self, path: Path, rate: float) -> None:
        if path.suffix == '.mp4':
            if importlib.util.find_spec('imageio_ffmpeg') is None:
                raise ValueError('video: .mp4 needs `pip install imageio-ffmpeg`; .gif does not')
            self._writer = imageio.get_writer(path, fps=rate)
        elif path.suffix == '.gif':
            self._writer = imageio.get_writer(path, mode='I', duration=1000.0 / rate, loop=0)
        else:
            raise ValueError(f'video must end in .gif or .mp4, got {str(path)!r}')

    def add(self, picture: Picture) -> None:
        """Append one picture."""
        self._writer.append_data(picture)

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
