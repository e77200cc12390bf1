# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of a twin, with the point that the tool is to go to where the task has one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from franka_bridge.tasks.task import Part
import mujoco
import numpy as np
from panda_sim.camera import HEIGHT, WIDTH
from panda_sim.twin import Twin
from sac_core.arrays import FloatArray

_WAY_TO_GOAL = 'goal minus tcp position, base frame'  # part of an observation
_GOAL_RADIUS = 0.02  # m
_GOAL_COLOR = (0.1, 0.8, 0.2, 0.5)


class ArmCamera:
    """Draws by MuJoCo, which makes itself ready at the first picture."""

    def __init__(self, twin: Twin, layout: Sequence[Part]) -> None:
        self._twin = twin
        self._renderer: mujoco.Renderer | None = None
        begins = np.cumsum([0, *(part.size for part in layout)])
        self._way = next(
            (
                slice(begin, begin + 3)
                for part, begin in zip(layout, begins, strict=False)
                if part.name == _WAY_TO_GOAL
            ),
            None,
        )

    def picture(self, observation: FloatArray) -> Any:
        """Draw the arm as it is now, (height, width, 3) uint8.

        :param observation: of this moment
        """
        if self._renderer is None:
            self._renderer = mujoco.Renderer(self._twin.model, HEIGHT, WIDTH)
        self._renderer.update_scene(self._twin.data, camera='side')
        if self._way is not None:
            self._mark(self._twin.state().tcp_position + observation[self._way])
        return self._renderer.render()

    def close(self) -> None:
        """Release the graphics."""
        if self._renderer is not None:
            self._renderer.close()

    def _mark(self, point: Any) -> None:
        assert self._renderer is not None
        scene = self._renderer.scene
        mujoco.mjv_initGeom(
            scene.geoms[scene.ngeom],
            mujoco.mjtGeom.mjGEOM_SPHERE,
            np.array([_GOAL_RADIUS, 0.0, 0.0]),
            np.asarray(point, np.float64),
            np.eye(3).ravel(),
            np.array(_GOAL_COLOR, np.float32),
        )
        scene.ngeom += 1
