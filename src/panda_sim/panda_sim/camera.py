# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of the arm, drawn in a thread of their own so that the simulation never waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
import threading

import mujoco
import numpy as np
from numpy.typing import NDArray
from panda_sim.arm import Vector

Picture = NDArray[np.uint8]  # (height, width, 3)
WIDTH, HEIGHT = 640, 480
_PREPARING_TIMEOUT = _ENDING_TIMEOUT = 30.0  # s


class Camera:
    """
    Draws poses that it is shown.

    :param on_picture: called in the camera's thread with the picture and the simulated time (s)
    :param on_error: called there, once, if this machine cannot draw
    :param keep_all: draw each pose, later if need be; else poses that come too fast are left out
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        on_picture: Callable[[Picture, float], None],
        on_error: Callable[[str], None],
        *,
        keep_all: bool = False,
    ) -> None:
        self._model = model
        self._on_picture, self._on_error = on_picture, on_error
        self._shown: deque[tuple[Vector, float]] = deque(maxlen=None if keep_all else 1)
        self._wake, self._ready = threading.Event(), threading.Event()
        self._ends = False
        self._thread = threading.Thread(target=self._run, name='camera', daemon=True)
        self._thread.start()
        # To prepare takes long and keeps other threads waiting: let that be over.
        self._ready.wait(_PREPARING_TIMEOUT)

    def show(self, positions: Vector, time: float) -> None:
        """:param positions: all joint positions of the simulation; copied"""
        self._shown.append((positions.copy(), time))
        self._wake.set()

    def close(self) -> None:
        """Draw what is left, then end."""
        self._ends = True
        self._wake.set()
        self._thread.join(_ENDING_TIMEOUT)

    def _run(self) -> None:
        try:
            renderer = mujoco.Renderer(self._model, HEIGHT, WIDTH)
        except (ImportError, RuntimeError, AttributeError, OSError, mujoco.FatalError) as error:
            self._on_error(f'no pictures: {error}')
            return
        finally:
            self._ready.set()
        data = mujoco.MjData(self._model)
        with renderer:
            while not self._ends or self._shown:
                self._wake.wait()
                self._wake.clear()
                while self._shown:
                    data.qpos[:], time = self._shown.popleft()
                    mujoco.mj_kinematics(self._model, data)
                    mujoco.mj_camlight(self._model, data)
                    renderer.update_scene(data, camera='side')
                    self._on_picture(renderer.render(), time)
