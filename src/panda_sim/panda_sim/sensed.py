# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a controller sees of the arm in one tick."""

from __future__ import annotations

import numpy as np
from panda_sim.arm import Vector
from sac_core.physics import mujoco


class Sensed:
    """
    Views into the simulation and what follows from it; `update` makes all of it current.

    `positions`, `velocities`: (7,) rad, rad/s; `tcp_position`: (3,) m, `tcp_quaternion`: (4,)
    wxyz, `tcp_rotation`: (3, 3), `jacobian`: (6, 7) and `twist`: (6,) m/s, rad/s of the tool
    center point; all in the base frame.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self._model, self._data = model, data
        self._site = model.site('tcp').id
        self._full_jacobian = np.zeros((6, model.nv))
        self._matrix = data.site_xmat[self._site]
        self.positions: Vector = data.qpos[:7]
        self.velocities: Vector = data.qvel[:7]
        self.tcp_position: Vector = data.site_xpos[self._site]
        self.tcp_rotation: Vector = self._matrix.reshape(3, 3)
        self.tcp_quaternion: Vector = np.array([1.0, 0.0, 0.0, 0.0])
        self.jacobian: Vector = self._full_jacobian[:, :7]
        self.twist: Vector = np.zeros(6)

    def update(self) -> None:
        mujoco.mj_jacSite(
            self._model, self._data, self._full_jacobian[:3], self._full_jacobian[3:], self._site
        )
        mujoco.mju_mat2Quat(self.tcp_quaternion, self._matrix)
        np.matmul(self.jacobian, self.velocities, out=self.twist)
