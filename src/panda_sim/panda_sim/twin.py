# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The twin: arm, gripper, controllers and driver in one object, without ROS."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from panda_sim.arm import load_arm, READY, Vector
from panda_sim.base import BaseFrame
from panda_sim.collision import CollisionWatch, Thresholds
from panda_sim.controller_manager import (
    CARTESIAN_IMPEDANCE,
    ControllerManager,
    JOINT_IMPEDANCE,
    loaded_controllers,
    trajectory_controller,
)
from panda_sim.controllers.brakes import Brakes
from panda_sim.controllers.cartesian_impedance import CartesianGains, CartesianImpedance
from panda_sim.controllers.controller import Controller, RateLimit
from panda_sim.controllers.joint_impedance import JointImpedance
from panda_sim.controllers.joint_trajectory import JointTrajectory, TrajectoryPoint
from panda_sim.external import ExternalForces
from panda_sim.gripper import Gripper
from panda_sim.limits import LimitWatch
from panda_sim.model import build_model, TIMESTEP
from panda_sim.robot import Robot, RobotMode
from panda_sim.scene import find_scene
from panda_sim.sensed import Sensed
from panda_sim.state import TwinState
from panda_sim.torque_sensor import TorqueSensor
from sac_core.physics import mujoco

_START_NOISE = 0.01  # rad: no arm stands exactly at its ready pose


class Twin:
    """
    A Franka arm at 1 kHz that starts near its ready pose, under the controller that is named.

    The same seed and the same commands give the same motion, bit for bit.

    :param seed: of where the arm stands at first
    :param controller: the one that is active at first, or None for brakes
    :param joint_prefix: of the names of its joints and links
    :param base_position: (3,) of the base in the world (m), in which poses are commanded; all that
        is measured is in the base frame
    :param base_orientation: (4,) of the base in the world, xyzw
    :raises ValueError: if an argument names nothing that exists
    """

    def __init__(
        self,
        robot_type: str = 'fr3',
        seed: int = 0,
        scene: str = 'table',
        *,
        controller: str | None = CARTESIAN_IMPEDANCE,
        gains: CartesianGains | None = None,
        joint_prefix: str = '',
        base_position: Sequence[float] = (0.0, 0.0, 0.0),
        base_orientation: Sequence[float] = (0.0, 0.0, 0.0, 1.0),
    ) -> None:
        self.arm = arm = load_arm(robot_type, joint_prefix)
        self.scene = find_scene(scene)
        self.model = build_model(arm, self.scene)
        self._base = BaseFrame(base_position, base_orientation)
        self.model.opt.gravity[:] = self._base.direction_from_world(self.model.opt.gravity)
        self.data = mujoco.MjData(self.model)
        self.robot = Robot()
        self.thresholds = Thresholds()
        self.collision = CollisionWatch(self.thresholds)
        self.gripper = Gripper(self.model, self.data, arm.hand)
        self.external = ExternalForces(self.model, self.data)
        self.limits = LimitWatch(arm, self.thresholds.upper_force, TIMESTEP)
        self.cartesian_impedance = CartesianImpedance(arm, gains)
        self.joint_impedance = JointImpedance(arm)
        self.joint_trajectory = JointTrajectory()
        self._controllers: dict[str, Controller] = {
            CARTESIAN_IMPEDANCE: self.cartesian_impedance,
            JOINT_IMPEDANCE: self.joint_impedance,
            trajectory_controller(robot_type): self.joint_trajectory,
        }
        self.manager = ControllerManager(
            loaded_controllers(robot_type),
            start=self._start,
            stop=self._stop,
        )
        self.sensed = Sensed(self.model, self.data)
        self._brakes = Brakes()
        self._own_motion = JointTrajectory()
        self._active: Controller | None = None
        # libfranka's limiter, which franka_ros2 switches on for torques.
        self._rate_limit = RateLimit(float(arm.torque_rate[0]) * TIMESTEP)
        self._torque = np.zeros(7)
        self._torque_sensor = TorqueSensor(self.model, self.data)
        self._ticks = 0
        rng = np.random.default_rng(seed)
        self.place(READY + rng.normal(0.0, _START_NOISE, 7))
        if controller:
            refusal = self.manager.switch([controller], [])
            if refusal:
                raise ValueError(f'controller: {refusal}')

    @property
    def time(self) -> float:
        """:return: simulated time (s)"""
        return self._ticks * TIMESTEP

    def place(self, joint_positions: ArrayLike, *, gripper_width: float | None = None) -> None:
        """Put the arm at rest somewhere at once, and let its controller hold it there."""
        data = self.data
        data.qpos[:7] = joint_positions
        data.qvel[:] = 0.0
        closed = self.scene.peg.width if self.scene.peg else self.gripper.max_width
        self.gripper.place(closed if gripper_width is None else gripper_width)
        self.external.reset()
        self._refresh()
        self._torque[:] = 0.0
        self._torque_sensor.reset()
        (self._active or self._brakes).start(self.sensed)
        self._rate_limit.reset()
        self.limits.begin()

    def set_pose_target(self, position: ArrayLike, quaternion: ArrayLike) -> None:
        """
        Send a pose to the Cartesian impedance controller.

        :param position: (3,) of the tool center point in the world (m)
        :param quaternion: (4,) xyzw, in the world
        :raises ValueError: if a number is not finite or the quaternion is zero
        """
        goal = _vector('position', position, 3)
        x, y, z, w = _vector('quaternion', quaternion, 4)
        length = float(np.sqrt(x * x + y * y + z * z + w * w))
        if length < 1e-6:
            raise ValueError('quaternion must not be zero')
        pose = self._base.pose_from_world(goal, np.array([w, x, y, z]) / length)
        self.cartesian_impedance.set_pose_target(*pose)

    def set_joint_target(self, joint_positions: ArrayLike) -> None:
        """
        Send joint positions (7,) rad to the joint impedance controller, or to the Cartesian one as
        the posture for the freedom that the pose leaves.

        :raises ValueError: if a number is not finite
        """
        goal = _vector('joint_positions', joint_positions, 7)
        self.joint_impedance.set_joint_target(goal)
        self.cartesian_impedance.set_joint_target(goal)

    def set_trajectory(self, points: Sequence[TrajectoryPoint]) -> None:
        """
        Send a trajectory to the joint trajectory controller.

        :raises ValueError: if it has no points or bad ones
        """
        self.joint_trajectory.follow(points)

    def use_controller(self, name: str | None) -> None:
        """
        Switch to a controller, or to the brakes.

        :raises ValueError: if it cannot be activated now
        """
        moving = self.manager.moving
        if name != moving:
            refusal = self.manager.switch([name] if name else [], [moving] if moving else [])
            if refusal:
                raise ValueError(f'controller: {refusal}')

    @property
    def moves_by_itself(self) -> bool:
        """:return: whether a motion of `begin_own_motion` is under way"""
        return self._active is self._own_motion

    def begin_own_motion(self, goal: TrajectoryPoint) -> str | None:
        """
        Let the robot itself go somewhere, while no controller is active.

        :return: why that cannot be, or None
        :raises ValueError: if the goal is a bad one
        """
        refusal = f'{self.manager.moving} is active' if self.manager.moving else None
        refusal = refusal or self.robot.begin_motion()
        if refusal is None:
            self._own_motion.start(self.sensed)
            self._own_motion.follow([goal])
            self._active = self._own_motion
            self._rate_limit.reset()
            self.limits.begin()
        return refusal

    def end_own_motion(self) -> None:
        """Close the brakes after a motion of the robot's own."""
        if self.moves_by_itself:
            self._stop()

    def advance(self, seconds: float) -> None:
        """Simulate, in whole ticks of 1 ms."""
        for _ in range(round(seconds / TIMESTEP)):
            self._tick()

    def fail(self, error: str) -> None:
        """
        Stop by one of `robot.ERRORS`: the control loop breaks and the driver gives up its part.

        :raises ValueError: if there is no such error
        """
        was_moving = self.manager.moving is not None
        self.robot.fail(error)
        self.end_own_motion()
        if was_moving:
            self.manager.hardware_failed()

    def change_mode(self, mode: RobotMode) -> None:
        """
        Let a person, or the robot itself, change its mode; a motion under way breaks.

        :raises ValueError: for MOVE
        """
        was_moving = self.manager.moving is not None
        self.robot.change_mode(mode)
        self.end_own_motion()
        if was_moving and mode is not RobotMode.MOVE:
            self.manager.hardware_failed()

    def recover(self) -> str | None:
        """Clear the errors as libfranka's automatic error recovery; :return: why not, or None."""
        refusal = self.robot.recover()
        if refusal is None:
            self.collision.clear()
        return refusal

    def set_hardware(self, target: str) -> str | None:
        """Set the hardware component's state; :return: why that cannot be, or None."""
        errors = self.robot.current_errors
        refusal = f'the robot has errors: {", ".join(sorted(errors))}' if errors else None
        return self.manager.set_hardware(target, refusal=refusal)

    def state(self) -> TwinState:
        """:return: what the driver would report now"""
        sensed, external, collision, robot = (
            self.sensed,
            self.external,
            self.collision,
            self.robot,
        )
        desired_position, desired_quaternion = sensed.tcp_position, sensed.tcp_quaternion
        desired_positions, desired_velocities = sensed.positions, np.zeros(7)
        if self._active is self.cartesian_impedance:
            desired_position, desired_quaternion = self.cartesian_impedance.desired_pose
        elif self._active is self.joint_impedance:
            desired_positions = self.joint_impedance.desired_positions
        elif self._active is self.joint_trajectory:
            desired_positions = self.joint_trajectory.desired_positions
            desired_velocities = self.joint_trajectory.desired_velocities
        return TwinState(
            time=self.time,
            joint_positions=sensed.positions.copy(),
            joint_velocities=sensed.velocities.copy(),
            joint_torques=self._torque_sensor.torques.copy(),
            desired_positions=desired_positions.copy(),
            desired_velocities=desired_velocities.copy(),
            desired_torques=self._torque.copy(),
            desired_accelerations=np.zeros(7),
            torque_rates=self._torque_sensor.rates.copy(),
            external_torques=external.torques.copy(),
            tcp_position=sensed.tcp_position.copy(),
            tcp_orientation=sensed.tcp_quaternion[[1, 2, 3, 0]],
            desired_tcp_position=desired_position.copy(),
            desired_tcp_orientation=desired_quaternion[[1, 2, 3, 0]],
            desired_twist=np.zeros(6),
            twist=sensed.twist.copy(),
            wrench=external.wrench.copy(),
            wrench_in_base=external.wrench_in_base.copy(),
            gripper_width=self.gripper.width,
            robot_mode=robot.mode,
            current_errors=robot.current_errors,
            last_motion_errors=robot.last_motion_errors,
            joint_contact=collision.joint_contact.astype(float),
            joint_collision=collision.joint_collision.astype(float),
            cartesian_contact=collision.cartesian_contact.astype(float),
            cartesian_collision=collision.cartesian_collision.astype(float),
            success_rate=1.0 if robot.mode is RobotMode.MOVE else 0.0,
        )

    def _start(self, name: str) -> str | None:
        refusal = self.robot.begin_motion()
        if refusal is None:
            self._active = self._controllers[name]
            self._active.start(self.sensed)
            self._rate_limit.reset()
            self.limits.begin()
        return refusal

    def _stop(self) -> None:
        self._active = None
        self._brakes.start(self.sensed)
        self.robot.end_motion()

    def _tick(self) -> None:
        data, sensed, active = self.data, self.sensed, self._active
        wanted = (active or self._brakes).torque(sensed)
        if active and not np.isfinite(wanted).all():
            # What the driver's write() refuses.
            self.manager.hardware_failed()
            active, wanted = None, self._brakes.torque(sensed)
        torque = self._rate_limit.apply(wanted) if active else wanted
        data.ctrl[:7] = torque
        self._torque[:] = torque if active else 0.0
        self.gripper.tick()
        self.external.apply_push(sensed)
        mujoco.mj_step2(self.model, data)
        self.external.update(sensed)
        self._torque_sensor.update()
        error = None
        if active:
            error = self.limits.watch(
                sensed,
                acceleration=data.qacc[:7],
                torque=wanted,
                wrench=self.external.wrench,
            )
        self._refresh()
        self._ticks += 1
        reflex = self.collision.watch(
            self.external.torques, self.external.wrench, is_controlled=active is not None
        )
        if error or reflex:
            self.fail(error or reflex or '')

    def _refresh(self) -> None:
        """Bring what is derived from the positions up to them."""
        mujoco.mj_step1(self.model, self.data)
        self.sensed.update()


def _vector(name: str, values: ArrayLike, size: int) -> Vector:
    vector: Vector = np.asarray(values, dtype=np.float64)
    if vector.shape != (size,) or not np.isfinite(vector).all():
        raise ValueError(f'{name} must have {size} finite numbers, got {vector.tolist()}')
    return vector
