# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Bridge and twin without ROS between them: the arm's motion in simulated time, in one process."""

from __future__ import annotations

from franka_bridge.arm_runner import ArmRunner
from franka_bridge.arm_state import Vector
from franka_bridge.config import DriverSettings
from franka_bridge.description import describe_arm
from franka_bridge.driver_state import DriverState, JOINTS, POSE, WRENCH
from franka_bridge.guard import Guard
from franka_bridge.limits import ArmLimits
from franka_bridge.phase import Phase
from franka_bridge.recovery import Recovery
from franka_bridge.target import Target
from franka_bridge.tasks.catalog import make_task
from franka_bridge.trajectory import Trajectories
import numpy as np
from panda_sim.controllers.joint_trajectory import TrajectoryPoint
from panda_sim.twin import Twin
from sac_core.time_step import TimeStep

STEP = 0.02  # [s]


class ArmOnTwin:
    """An `ArmRunner` whose driver is a twin under one of its controllers."""

    def __init__(self, task: str, controller: str, *, robot_type: str = 'fr3') -> None:
        self.twin = Twin(robot_type, seed=1, controller=controller)
        self._takes_trajectories = controller.endswith('_arm_controller')
        self._trajectories = Trajectories(STEP)
        self._driver = DriverState([JOINTS, POSE, WRENCH])
        made, limits, settings = make_task(task, robot_type), ArmLimits(), DriverSettings()
        self.observed: list[TimeStep] = []
        self.reports: list[str] = []
        self.runner = ArmRunner(
            made,
            limits,
            describe_arm(made, step_duration=STEP, session=1),
            driver=self._driver,
            guard=Guard(
                limits,
                controller=controller,
                broadcasters=settings.broadcasters,
                recoverable=settings.recoverable_errors,
                watches_ages=False,
            ),
            recovery=Recovery(settings, self, self.reports.append),  # type: ignore[arg-type]
            seed=1,
            send=self._send,
            hold=lambda target: self._send(target) if target else None,
            publish=self.observed.append,
            report=self.reports.append,
        )
        self._measure()
        self.runner.look(self.twin.time)

    @property
    def speed(self) -> float:
        """Of the fastest joint [rad/s]."""
        return float(np.abs(self._driver.arm.joint_velocities).max())

    @property
    def tool(self) -> Vector:
        """Where the tool is (3,) [m]."""
        return self._driver.arm.tcp_position

    @property
    def lead(self) -> float:
        """How far the target is from the tool now [m]."""
        away = self.runner.target.position - self.twin.state().tcp_position
        return float(np.linalg.norm(away))

    def exceeded(self) -> dict[str, float]:
        """Name what went beyond its limit since the last call, with its largest share of it."""
        found = {
            extreme.name: extreme.largest / extreme.limit
            for extreme in self.twin.limits.extremes()
            if extreme.exceeded
        }
        self.twin.limits.reset()
        return found

    def begin_episode(self) -> None:
        """Let the arm go to a start."""
        self.command(reset=True)
        for _ in range(1000):
            self.pass_step()
            if self.runner.phase is Phase.READY:
                return
        raise AssertionError(f'the arm never arrived: {self.reports}')

    def command(self, action: object = 0.0, *, reset: bool = False) -> None:
        """Answer the newest observation."""
        newest = self.observed[-1]
        self.runner.command(
            np.full(self.runner.spec.action_dim, action, np.float32),
            session=newest.bridge_session,
            episode_id=newest.episode_id,
            step=newest.step,
            reset=reset,
        )
        self.runner.look(self.twin.time)

    def pass_step(self) -> None:
        """Let the twin go on for one step."""
        self.twin.advance(STEP)
        self._measure()
        self.runner.look(self.twin.time)
        if self.runner.moves:
            self.runner.step_over(self.twin.time)

    def rest(self) -> None:
        """Let the stop under way come to its end."""
        for _ in range(100):
            self.pass_step()
            if not self.runner.moves:
                return
        raise AssertionError('the arm never came to rest')

    def _send(self, target: Target) -> None:
        twin = self.twin
        if self._takes_trajectories:
            points = self._trajectories.through(target.joint_positions, twin.time)
            twin.set_trajectory([TrajectoryPoint(*point) for point in points])
            return
        twin.set_joint_target(target.joint_positions)
        twin.set_pose_target(target.position, target.orientation)

    def _measure(self) -> None:
        state, now = self.twin.state(), self.twin.time
        put = self._driver.put
        joints = state.joint_positions, state.joint_velocities, state.joint_torques
        put(JOINTS, *joints, time=now, stamp=now)
        put(POSE, state.tcp_position, state.tcp_orientation, time=now, stamp=now)
        put(WRENCH, state.wrench, time=now, stamp=now)
