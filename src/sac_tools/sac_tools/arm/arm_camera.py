# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of a twin, with the point that the tool is to go to where the task has one."""

from __future__ import annotations

from collections.abc import Sequence

from franka_bridge.base import BaseFrame
from franka_bridge.tasks.task import ObservationField
import numpy as np
from panda_sim.drawing import Drawing, Picture
from panda_sim.twin import Twin
from sac_core.arrays import FloatArray

_WAY_TO_GOAL = 'goal minus tcp position, world frame'  # part of an observation


class ArmCamera:
    """Draws in a process of its own, which starts at the first picture."""

    def __init__(self, twin: Twin, layout: Sequence[ObservationField], base: BaseFrame) -> None:
        self._twin = twin
        self._to_base = base.matrix[:3, :3].T
        self._drawing: Drawing | None = None
        begins = np.cumsum([0, *(part.size for part in layout)])
        self._way = next(
            (
                slice(begin, begin + 3)
                for part, begin in zip(layout, begins, strict=False)
                if part.name == _WAY_TO_GOAL
            ),
            None,
        )

    def picture(self, observation: FloatArray) -> Picture:
        """Draw the arm as it is now, (height, width, 3) uint8.

        :param observation: of this moment
        :raises DrawingError: where this machine cannot draw
        """
        if self._drawing is None:
            self._drawing = Drawing(self._twin.model)
        goals = np.empty((0, 3))
        if self._way is not None:
            way = self._to_base @ observation[self._way]
            goals = (self._twin.state().tcp_position + way).reshape(1, 3)
        return self._drawing.draw(self._twin.data.qpos, goals)

    def close(self) -> None:
        """End the process."""
        if self._drawing is not None:
            self._drawing.close()
