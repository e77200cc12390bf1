# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""An arm that is at once where its target is, with a driver that does as it is asked."""

from __future__ import annotations

from franka_bridge.arm_runner import ArmRunner
from franka_bridge.config import DriverSettings
from franka_bridge.description import describe_arm
from franka_bridge.driver_state import DriverState, JOINTS, POSE, ROBOT, RobotReport, WRENCH
from franka_bridge.faults import RobotMode
from franka_bridge.guard import Guard
from franka_bridge.kinematics import forward_kinematics, READY
from franka_bridge.limits import ArmLimits
from franka_bridge.phase import Phase
from franka_bridge.recovery import Call, Recovery
from franka_bridge.target import Target
from franka_bridge.tasks.catalog import make_task
import numpy as np
from sac_core.time_step import TimeStep

STEP = 0.02  # [s]
CONTROLLER = 'cartesian_impedance_controller'
SESSION = 7


class Answer:
    """A request that was answered at once."""

    def __init__(self, fault: str | None = '') -> None:
        self.fault = fault

    def outcome(self) -> str | None:
        return self.fault


class FakeDriver:
    """Notes what it is asked for; whether that helps is told by the test."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, str | None] = {}
        self.helps = True
        self.state = DriverState([JOINTS, POSE, WRENCH, ROBOT])

    def clear_error(self) -> Call:
        return self._ask('clear_error')

    def activate_hardware(self) -> Call:
        return self._ask('activate_hardware')

    def activate_broadcasters(self) -> Call:
        return self._ask('activate_broadcasters')

    def last_errors(self) -> frozenset[str]:
        assert self.state.robot is not None
        return self.state.robot.last_errors

    def activate_controller(self) -> Call:
        call = self._ask('activate_controller')
        if self.helps:
            self.state.robot = RobotReport(RobotMode.MOVE)
            self.state.controllers = {CONTROLLER: 'active'}
        return call

    def _ask(self, what: str) -> Call:
        self.asked.append(what)
        return Answer(self.answers.get(what, ''))


class World:
    """A runner with a fake arm and a clock that a test turns."""

    def __init__(self, task: str = 'reach', **limits: float) -> None:
        self.now = 100.0
        self.joints = READY.copy()
        self.velocities = np.zeros(7)
        self.wrench = np.zeros(6)
        self.pose_offset = np.zeros(3)
        self.follows = True
        self.driver = FakeDriver()
        self.driver.state.robot = RobotReport(RobotMode.MOVE)
        self.driver.state.controllers = {CONTROLLER: 'active'}
        self.sent: list[Target] = []
        self.holds: list[Target | None] = []
        self.observed: list[TimeStep] = []
        self.reports: list[str] = []
        made = make_task(task, 'fr3')
        self.limits = ArmLimits(**limits)
        settings = DriverSettings()
        self.runner = ArmRunner(
            made,
            self.limits,
            describe_arm(made, step_duration=STEP, session=SESSION),
            driver=self.driver.state,
            guard=Guard(
                self.limits,
                controller=CONTROLLER,
                broadcasters=settings.broadcasters,
                recoverable=settings.recoverable_errors,
            ),
            recovery=Recovery(settings, self.driver, self.reports.append),
            seed=1,
            send=self.sent.append,
            hold=self.holds.append,
            publish=self.observed.append,
            report=self.reports.append,
        )

    def measure(self) -> None:
        """Let the driver speak, now."""
        position, orientation = forward_kinematics(self.joints)
        stamp = self.now
        put = self.driver.state.put
        put(
            JOINTS,
            self.joints.copy(),
            self.velocities.copy(),
            np.zeros(7),
            time=self.now,
            stamp=stamp,
        )
        put(POSE, position + self.pose_offset, orientation, time=self.now, stamp=stamp)
        put(WRENCH, self.wrench.copy(), time=self.now, stamp=stamp)
        put(ROBOT, time=self.now, stamp=stamp)

    def wait(self, seconds: float, *, speaks: bool = True) -> None:
        """Let time pass, in which the bridge looks every 10 ms."""
        for _ in range(round(seconds / 0.01)):
            self.now += 0.01
            if speaks:
                self.measure()
            self.runner.look(self.now)
            if self.runner.phase is Phase.STOPPING:
                self.runner.step_over(self.now)

    def pass_step(self) -> None:
        """Let the step under way end, with the arm at its target."""
        if self.follows:
            self.joints = self.sent[-1].joint_positions.copy()
        self.now += STEP
        self.measure()
        self.runner.look(self.now)
        self.runner.step_over(self.now)

    def ask(self, *, reset: bool = False, action: object = None) -> bool:
        """Command as an actor does, which answers the newest observation."""
        newest = self.observed[-1]
        dim = self.runner.spec.action_dim
        return self.runner.command(
            np.zeros(dim, np.float32) if action is None else np.asarray(action, np.float32),
            session=newest.bridge_session,
            episode_id=newest.episode_id,
            step=newest.step,
            reset=reset,
        )

    def appear(self) -> None:
        """Let the arm be there."""
        self.measure()
        self.runner.look(self.now)

    def begin_episode(self) -> None:
        """Let the arm go to the start of an episode, as an actor asks for it."""
        if not self.observed:
            self.appear()
        self.ask(reset=True)
        self.runner.look(self.now)
        self.arrive()

    def arrive(self) -> None:
        """Pass steps until the arm is at its start."""
        for _ in range(1000):
            if not self.runner.moves:
                return
            self.pass_step()
        raise AssertionError('the arm never arrived')
