# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A process that draws poses of the arm: OpenGL and its compiler stay out of the one that asks."""

from __future__ import annotations

from multiprocessing import Pipe
import subprocess
import sys

import numpy as np
from numpy.typing import NDArray
from panda_sim.arm import Vector
from sac_core.drawing import DrawingError
from sac_core.physics import mujoco

Picture = NDArray[np.uint8]  # (height, width, 3)
WIDTH, HEIGHT = 640, 480
_ENDING_TIMEOUT = 10.0  # s
_NOWHERE: Vector = np.empty((0, 3))


class Drawing:
    """Draws one model; to begin takes about a second.

    :raises DrawingError: where this machine cannot draw
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self._connection, far = Pipe()
        command = [sys.executable, '-m', 'panda_sim.drawing_process', str(far.fileno())]
        with far:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=[far.fileno()]
            )
        binary = np.empty(mujoco.mj_sizeModel(model), np.uint8)
        mujoco.mj_saveModel(model, None, binary)
        try:
            self._connection.send_bytes(binary.tobytes())
            reason = self._connection.recv_bytes().decode()
        except (EOFError, OSError) as error:
            raise self._ended() from error
        if reason:
            self.close()
            raise DrawingError(reason)

    def draw(self, positions: Vector, points: Vector = _NOWHERE) -> Picture:
        """Draw a pose, seen from the side.

        :param positions: all joint positions of the simulation
        :param points: (n, 3) m, base frame, each marked by a green ball
        :return: (height, width, 3)
        :raises DrawingError: where the process has ended
        """
        try:
            self._connection.send_bytes(positions.tobytes())
            self._connection.send_bytes(points.tobytes())
            return np.frombuffer(self._connection.recv_bytes(), np.uint8).reshape(HEIGHT, WIDTH, 3)
        except (EOFError, OSError) as error:
            raise self._ended() from error

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        try:
            self._process.wait(_ENDING_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ended(self) -> DrawingError:
        self.close()
        return DrawingError(f'the process that draws ended, code {self._process.returncode}')
