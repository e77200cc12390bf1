# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of the arm, asked for in a thread of its own so that the simulation never waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
import threading

from panda_sim.arm import Vector
from panda_sim.drawing import Drawing, Picture
from sac_core.drawing import DrawingError
from sac_core.physics import mujoco

_PREPARING_TIMEOUT = _ENDING_TIMEOUT = 30.0  # s


class Camera:
    """
    Draws poses that it is shown.

    :param on_picture: called in the camera's thread with the picture and the simulated time (s)
    :param on_error: called there, once, if this machine cannot draw, or no longer
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
        # To begin takes a processor for a second, which the simulation would miss.
        self._ready.wait(_PREPARING_TIMEOUT)

    def show(self, positions: Vector, time: float) -> None:
        """:param positions: all joint positions of the simulation; copied"""
        if self._thread.is_alive():
            self._shown.append((positions.copy(), time))
            self._wake.set()

    def close(self) -> None:
        """Draw what is left, then end."""
        self._ends = True
        self._wake.set()
        self._thread.join(_ENDING_TIMEOUT)

    def _run(self) -> None:
        try:
            try:
                drawing = Drawing(self._model)
            finally:
                self._ready.set()
            try:
                self._draw(drawing)
            finally:
                drawing.close()
        except DrawingError as error:
            self._on_error(f'no pictures: {error}')

    def _draw(self, drawing: Drawing) -> None:
        while not self._ends or self._shown:
            self._wake.wait()
            self._wake.clear()
            while self._shown:
                positions, time = self._shown.popleft()
                self._on_picture(drawing.draw(positions), time)
