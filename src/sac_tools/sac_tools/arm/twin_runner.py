# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a task on an arm's twin, one commanded step at a time, as `robot:=panda_sim` in lockstep.

The bridge's own core and the twin, with no process and no topic between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from franka_bridge.arm_runner import ArmRunner
from franka_bridge.back_ends import choose_back_end, JOINTS, POSE, read_back_ends
from franka_bridge.config import DriverSettings, FrankaBridgeSettings
from franka_bridge.description import describe_arm
from franka_bridge.guard import Guard
from franka_bridge.limits import ArmLimits
from franka_bridge.phase import Phase
from franka_bridge.recovery import Recovery
from franka_bridge.target import Target
from franka_bridge.tasks.catalog import make_task, read_numbers
from franka_bridge.trajectory import Trajectories
from panda_sim.controllers.joint_trajectory import TrajectoryPoint
from panda_sim.scene import SCENES
from panda_sim.twin import Twin
from sac_core.arrays import FloatArray
from sac_core.settings import Settings, settings_of
from sac_core.time_step import TimeStep
from sac_tools.arm.arm_camera import ArmCamera
from sac_tools.arm.twin_driver import TwinDriver

_SESSION = 1
_LONGEST_PAUSE = 5000  # steps from an episode to the next; recovering takes a few hundred

SomeSettings = TypeVar('SomeSettings', bound=Settings)


class TwinRunner:
    """A twin whose arm stands at the start of an episode and waits for a command.

    :param task: its name, as reach
    :param parameters: of franka_bridge in the run that the policy is from; where they are of
        another task, only those of the arm count
    :param seed: as the run's argument
    :raises ValueError: where the task or a parameter does not do
    """

    def __init__(self, task: str, parameters: Mapping[str, Any], *, seed: int) -> None:
        own = dict(parameters)
        if own.get('task') != task:
            own = {**own, 'task': task, 'task_numbers': '', 'back_end': 'auto'}
        settings = _settings(FrankaBridgeSettings, own)
        driver_settings = _settings(DriverSettings, own)
        limits = _settings(ArmLimits, own)
        numbers = read_numbers(settings.task, settings.task_numbers)
        made = make_task(settings.task, settings.robot_type, settings.base, **numbers)
        table = read_back_ends(driver_settings.back_ends, settings.robot_type)
        self._back_end = choose_back_end(table, settings.back_end, motion=made.motion)
        self._step_duration = settings.step_duration
        self._trajectories = Trajectories(settings.step_duration)
        self.twin = Twin(
            settings.robot_type,
            seed,
            task if task in SCENES else 'table',
            controller=self._back_end.controller,
            base_position=settings.base_position,
            base_orientation=settings.base_orientation,
        )
        self._driver = TwinDriver(
            self.twin,
            controller=self._back_end.controller,
            broadcasters=driver_settings.broadcasters,
            has_gripper=settings.has_gripper,
            base=settings.base,
        )
        self.spec = describe_arm(made, step_duration=settings.step_duration, session=_SESSION)
        self._said: list[str] = []
        self._published: list[TimeStep] = []
        self._now = 0.0
        self._arm = ArmRunner(
            made,
            limits,
            self.spec,
            driver=self._driver.state,
            guard=Guard(
                limits,
                controller=self._back_end.controller,
                broadcasters=driver_settings.broadcasters,
                recoverable=driver_settings.recoverable_errors,
                watches_ages=False,
            ),
            recovery=Recovery(driver_settings, self._driver, self._said.append),
            seed=seed,
            send=self._send,
            hold=lambda _: None,  # the twin's time stands still then, and so does its arm
            publish=self._published.append,
            report=self._said.append,
        )
        self._camera = ArmCamera(self.twin, made.observation_layout, settings.base)
        self._pass_step()
        self._go_on_until_ready()

    @property
    def newest(self) -> TimeStep:
        """The newest observation."""
        return self._arm.episodes.newest

    def execute(
        self, action: FloatArray, *, session: int, episode_id: int, step: int
    ) -> TimeStep | None:
        """Carry out a command, as `EnvRunner.execute`.

        :param action: (action_dim,) in [-1, 1]
        """
        self._published.clear()
        if not self._arm.command(action, session=session, episode_id=episode_id, step=step):
            return self._published[0] if self._published else None
        self._pass_step()
        return self._published[0]

    def reset(self) -> TimeStep:
        """Begin a new episode.

        :raises ValueError: where the arm does not come to its start
        """
        if self._arm.phase is Phase.READY:
            self._arm.want_reset()
        self._go_on_until_ready()
        return self.newest

    def render(self) -> Any:
        """Draw the arm, (height, width, 3) uint8."""
        return self._camera.picture(self.newest.observation)

    def close(self) -> None:
        """Release what draws."""
        self._camera.close()

    def _go_on_until_ready(self) -> None:
        """Bring the arm to the start of an episode."""
        for _ in range(_LONGEST_PAUSE):
            if self._arm.phase is Phase.READY:
                return
            if self._arm.is_held:
                self._arm.want_reset()
            self._pass_step()
            if self._arm.recovery.person_needed:
                break
        raise ValueError(f'the arm does not move on: {"; ".join(self._said[-3:])}')

    def _pass_step(self) -> None:
        moves = self._arm.moves
        if moves:
            self.twin.advance(self._step_duration)
        self._now += self._step_duration
        self._driver.listen(self._now)
        self._arm.look(self._now)
        if moves and self._arm.moves:
            self._arm.step_over(self._now)

    def _send(self, target: Target) -> None:
        """Hand a target to the controller, in the form that it takes."""
        twin, message = self.twin, self._back_end.message
        if message in (POSE, JOINTS):
            twin.set_joint_target(target.joint_positions)
        if message == POSE:
            twin.set_pose_target(target.position, target.orientation)
        elif message != JOINTS:
            points = self._trajectories.through(target.joint_positions, twin.time)
            twin.set_trajectory([TrajectoryPoint(*point) for point in points])


def _settings(kind: type[SomeSettings], parameters: Mapping[str, Any]) -> SomeSettings:
    """Build settings of what a run's file has of them; the rest stays as it is by default."""
    known = {each.name for each in settings_of(kind)}
    return kind(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in parameters.items()
            if name in known
        }
    )
