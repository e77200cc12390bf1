# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Program that draws for `panda_sim.drawing`, on a pipe: a model first, then pose after pose."""

from __future__ import annotations

from contextlib import suppress
from multiprocessing.connection import Connection
import signal
import sys
from typing import Any

import numpy as np
from panda_sim.drawing import HEIGHT, WIDTH
from sac_core.drawing import DrawingError, open_renderer
from sac_core.physics import mujoco

_BALL_RADIUS = 0.02  # m
_BALL_COLOR = np.array((0.1, 0.8, 0.2, 0.5), np.float32)


def main() -> int:
    # Ctrl-C reaches it, too; it ends with the other end of its pipe, when nothing is left to draw.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Connection(int(sys.argv[1])) as connection:
        model = mujoco.MjModel.from_binary_path(
            'model.mjb', {'model.mjb': connection.recv_bytes()}
        )
        try:
            renderer = open_renderer(model, HEIGHT, WIDTH)
        except DrawingError as error:
            connection.send_bytes(str(error).encode())
            return 1
        connection.send_bytes(b'')
        with renderer, suppress(EOFError, OSError):  # until the other end is closed
            _draw(connection, renderer, model)
    return 0


def _draw(connection: Connection, renderer: Any, model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    while True:
        data.qpos[:] = np.frombuffer(connection.recv_bytes())
        points = np.frombuffer(connection.recv_bytes()).reshape(-1, 3)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_camlight(model, data)
        renderer.update_scene(data, camera='side')
        for point in points:
            _mark(renderer.scene, point)
        connection.send_bytes(renderer.render().tobytes())


def _mark(scene: Any, point: np.ndarray) -> None:
    mujoco.mjv_initGeom(
        scene.geoms[scene.ngeom],
        mujoco.mjtGeom.mjGEOM_SPHERE,
        np.array([_BALL_RADIUS, 0.0, 0.0]),
        point,
        np.eye(3).ravel(),
        _BALL_COLOR,
    )
    scene.ngeom += 1


if __name__ == '__main__':
    sys.exit(main())
