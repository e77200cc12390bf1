# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the arm feels of its surroundings: external joint torques and the wrench that follows."""

from __future__ import annotations

import numpy as np
from panda_sim.arm import Vector
from panda_sim.sensed import Sensed
from sac_core.physics import mujoco

# Share of the way to the newest value per tick; the robot filters too, how is not published.
_FILTER = 0.1
# Where the arm is nearly singular the estimate goes to zero instead of to infinity.
_DAMPING = 1e-5


class ExternalForces:
    """
    Filtered external torques and wrench, in libfranka's sign: by the robot on its surroundings.

    The torques come from the contacts of all links; the wrench is what at the tool center point
    would cause them, as the robot estimates it: it has no force sensor.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self._model, self._data = model, data
        self._contact = np.zeros(6)
        self._jacobian = np.zeros((3, model.nv))
        self._push: Vector | None = None
        self._is_robot = [_is_of_robot(model, geom) for geom in range(model.ngeom)]
        self._raw = np.zeros(7)
        self.torques: Vector = np.zeros(7)
        self.wrench_in_base: Vector = np.zeros(6)
        self.wrench: Vector = np.zeros(6)  # in the stiffness frame, which is the tool's

    def reset(self) -> None:
        for values in (self.torques, self.wrench_in_base, self.wrench):
            values[:] = 0.0

    def push(self, force_and_torque: Vector | None) -> None:
        """Let somebody push the tool: (6,) N, Nm on the robot, base frame; None lets go."""
        self._push = force_and_torque

    def apply_push(self, sensed: Sensed) -> None:
        """Bring the push into the simulation, before its step."""
        self._data.qfrc_applied[:7] = 0.0 if self._push is None else self._push @ sensed.jacobian

    def update(self, sensed: Sensed) -> None:
        """Read the contacts that the step has just solved."""
        raw = self._raw
        raw[:] = 0.0
        if self._push is not None:
            raw -= self._push @ sensed.jacobian
        if self._data.ncon:
            self._add_contacts(raw)
        if not raw.any() and not self.torques.any():
            return
        self.torques += _FILTER * (raw - self.torques)
        if np.abs(self.torques).max() < 1e-9:
            self.reset()
            return
        jacobian = sensed.jacobian
        square = jacobian @ jacobian.T
        square.flat[::7] += _DAMPING
        mujoco.mju_cholFactor(square, 0.0)
        mujoco.mju_cholSolve(self.wrench_in_base, square, jacobian @ self.torques)
        halves = self.wrench_in_base.reshape(2, 3)
        self.wrench[:] = (halves @ sensed.tcp_rotation).ravel()

    def _add_contacts(self, torques: Vector) -> None:
        for index in range(self._data.ncon):
            contact = self._data.contact[index]
            first, second = contact.geom
            if self._is_robot[first] == self._is_robot[second]:
                continue
            mujoco.mj_contactForce(self._model, self._data, index, self._contact)
            # On the second geom, along the contact's frame (its rows are the axes).
            force = self._contact[:3] @ contact.frame.reshape(3, 3)
            robot = second if self._is_robot[second] else first
            on_surroundings = -force if robot == second else force
            body = self._model.geom_bodyid[robot]
            mujoco.mj_jac(self._model, self._data, self._jacobian, None, contact.pos, body)
            torques += on_surroundings @ self._jacobian[:, :7]


def _is_of_robot(model: mujoco.MjModel, geom: int) -> bool:
    return bool(model.geom_contype[geom] & 1)
