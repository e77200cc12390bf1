# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Cartesian impedance, CRISP's `CartesianController`: a spring pulls the tool to a pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from panda_sim.arm import Arm, Vector
from panda_sim.controllers.controller import LimitRepulsion, RateLimit
from panda_sim.sensed import Sensed
from sac_core.physics import mujoco

_REGULARIZATION = 1e-6  # keeps the projector defined where the arm is singular


@dataclass(frozen=True)
class CartesianGains:
    """
    Stiffness, damping and what bounds them; SERL's numbers in the units of CRISP.

    :param clip: largest error that counts (m); with the stiffness it bounds the force: 20 N
    :param rotation_clip: the same of rotation (rad): 7.5 Nm
    :param target_filter: share of the way to the target that is gone each millisecond
    :param torque_step: largest change of a torque (Nm per ms)
    """

    stiffness: float = 2000.0  # N/m
    damping: float = 89.0  # N s/m
    rotation_stiffness: float = 75.0  # Nm/rad
    rotation_damping: float = 7.0  # Nm s/rad
    clip: float = 0.01
    rotation_clip: float = 0.1
    nullspace_stiffness: float = 10.0  # Nm/rad
    nullspace_torque: float = 5.0  # Nm at most
    target_filter: float = 0.1
    torque_step: float = 0.5


class CartesianImpedance:
    """
    Torque J' (K error - D twist), the error clipped and in the tool's frame, and in the rest of
    the joints' freedom a weak spring to a posture.

    Source: CRISP, crisp_controllers `CartesianController`; the projector is its "kinematic" one.
    """

    def __init__(self, arm: Arm, gains: CartesianGains | None = None) -> None:
        self._gains = gains = gains or CartesianGains()
        self._repulsion = LimitRepulsion(arm.position_lower, arm.position_upper)
        self._rate_limit = RateLimit(gains.torque_step)
        self._stiffness = np.repeat([gains.stiffness, gains.rotation_stiffness], 3)
        self._damping = np.repeat([gains.damping, gains.rotation_damping], 3)
        self._clip = np.repeat([gains.clip, gains.rotation_clip], 3)
        self._nullspace_damping = 2.0 * np.sqrt(gains.nullspace_stiffness)
        self._position, self._target_position = np.zeros(3), np.zeros(3)
        self._quaternion, self._target_quaternion = np.zeros(4), np.zeros(4)
        self._posture = np.zeros(7)
        self._error, self._wrench, self._way = np.zeros(6), np.zeros(6), np.zeros(3)
        self._solution = np.zeros(6)

    def start(self, sensed: Sensed) -> None:
        self._position[:] = self._target_position[:] = sensed.tcp_position
        self._quaternion[:] = self._target_quaternion[:] = sensed.tcp_quaternion
        self._posture[:] = sensed.positions
        self._rate_limit.reset()

    def set_pose_target(self, position: Vector, quaternion: Vector) -> None:
        """:param quaternion: (4,) wxyz, of length one"""
        self._target_position[:] = position
        self._target_quaternion[:] = quaternion

    def set_joint_target(self, positions: Vector) -> None:
        """Set the posture (7,) rad that the remaining freedom is drawn to."""
        self._posture[:] = positions

    @property
    def desired_pose(self) -> tuple[Vector, Vector]:
        """:return: the filtered target: position and quaternion wxyz"""
        return self._position, self._quaternion

    def torque(self, sensed: Sensed) -> Vector:
        self._filter_target()
        rotation, error, wrench = sensed.tcp_rotation, self._error, self._wrench
        np.matmul(self._position - sensed.tcp_position, rotation, out=error[:3])
        # current * exp(error) = target: the rotation vector in the tool's frame.
        mujoco.mju_subQuat(error[3:], self._quaternion, sensed.tcp_quaternion)
        np.minimum(np.maximum(error, -self._clip, out=error), self._clip, out=error)
        twist = (sensed.twist.reshape(2, 3) @ rotation).ravel()
        np.multiply(self._stiffness, error, out=wrench)
        wrench -= self._damping * twist
        jacobian = sensed.jacobian
        torque: Vector = (wrench.reshape(2, 3) @ rotation.T).ravel() @ jacobian
        torque += self._posture_torque(sensed, jacobian)
        self._repulsion.add_to(torque, sensed.positions)
        return self._rate_limit.apply(torque)

    def _filter_target(self) -> None:
        share = self._gains.target_filter
        self._position += share * (self._target_position - self._position)
        mujoco.mju_subQuat(self._way, self._target_quaternion, self._quaternion)
        mujoco.mju_quatIntegrate(self._quaternion, self._way, share)

    def _posture_torque(self, sensed: Sensed, jacobian: Vector) -> Vector:
        """:return: the spring's torque less the part that the tool would feel, clipped"""
        gains = self._gains
        torque = gains.nullspace_stiffness * (self._posture - sensed.positions)
        torque -= self._nullspace_damping * sensed.velocities
        square = jacobian @ jacobian.T
        square.flat[::7] += _REGULARIZATION
        mujoco.mju_cholFactor(square, 0.0)
        mujoco.mju_cholSolve(self._solution, square, jacobian @ torque)
        torque -= self._solution @ jacobian
        most = gains.nullspace_torque
        clipped: Vector = np.minimum(np.maximum(torque, -most), most)
        return clipped
