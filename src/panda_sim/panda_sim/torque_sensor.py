# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The arm's torque sensors: they sit behind the gears and feel gravity."""

from __future__ import annotations

import numpy as np
from panda_sim.arm import Vector
from sac_core.physics import mujoco


class TorqueSensor:
    """`torques`: (7,) Nm that drive the links, not the drives themselves; `rates`: (7,) Nm/s."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self._data = data
        self._drives = model.dof_armature[:7]
        self._rate = 1.0 / float(model.opt.timestep)
        self.torques: Vector = np.zeros(7)
        self.rates: Vector = np.zeros(7)

    def reset(self) -> None:
        """Let the arm be at rest."""
        self.torques[:] = self._data.qfrc_gravcomp[:7]
        self.rates[:] = 0.0

    def update(self) -> None:
        """Measure, after a step. The compensation of gravity is no actuator's in the model."""
        data = self._data
        measured = data.qfrc_actuator[:7] + data.qfrc_gravcomp[:7]
        measured -= self._drives * data.qacc[:7]
        np.subtract(measured, self.torques, out=self.rates)
        self.rates *= self._rate
        self.torques[:] = measured
