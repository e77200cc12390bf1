# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a task on an arm: commands become targets, states become observations, faults end both.

Free of ROS and of clocks. Whoever drives it hands in commands and the passing of steps, and sends
each target that it is given. One step of time passes after each target (`step_over`), in reality
or in a twin.
"""

from __future__ import annotations

from collections.abc import Callable

from franka_bridge.arm_state import ArmState
from franka_bridge.driver_state import DriverState
from franka_bridge.faults import Fault, Kind
from franka_bridge.gentle_stop import GentleStop
from franka_bridge.guard import Guard
from franka_bridge.limits import ArmLimits
from franka_bridge.phase import Phase
from franka_bridge.recovery import Recovery
from franka_bridge.reset_motion import ResetMotion
from franka_bridge.target import Target, target_at, target_here, TargetGenerator
from franka_bridge.tasks.task import Task
import numpy as np
from sac_core.arrays import FloatArray
from sac_core.episodes import ActionCheck, Episodes
from sac_core.spaces import LARGEST_NUMBER, RobotSpec
from sac_core.time_step import TimeStep

Report = Callable[[str], None]
# A start that was not reached as often as this is not reached by trying again.
_MOST_FAILED_RESETS = 3


class ArmRunner:
    """An arm with its task, which moves only after a reset that somebody asked for.

    :param driver: what is known of the arm; whoever hears the driver fills it
    :param send: takes each target that moves the arm
    :param hold: takes a target that leaves it where it is, or None: the last one stays
    :param publish: takes each observation
    :param report: gets one line for each thing that a person should know
    """

    def __init__(
        self,
        task: Task,
        limits: ArmLimits,
        spec: RobotSpec,
        *,
        driver: DriverState,
        guard: Guard,
        recovery: Recovery,
        seed: int,
        send: Callable[[Target], None],
        hold: Callable[[Target | None], None],
        publish: Callable[[TimeStep], None],
        report: Report,
    ) -> None:
        self.spec = spec
        self.phase = Phase.ABSENT
        self.fault: Fault | None = None  # that was found last, while it lasts
        self.stop_reason = ''  # why the arm was held
        self.resets = 0
        self._task = task
        self._limits = limits
        self._driver = driver
        self._guard = guard
        self.recovery = recovery
        self._rng = np.random.default_rng(seed)
        self._send = send
        self._send_hold = hold
        self._publish = publish
        self._report = report
        self._generator = TargetGenerator(limits, task.motion)
        self._check = ActionCheck(spec)
        self.episodes = Episodes(spec.bridge_session)
        self._wants_reset = False
        self._motion: ResetMotion | None = None
        self._stop: GentleStop | None = None
        self._stops_later = False  # once it is known again how the arm moves
        self._motion_time = 0.0
        self._failed_resets = 0  # in a row
        self._action = np.zeros(spec.action_dim, np.float32)

    @property
    def limited_steps(self) -> int:
        """Steps in which a limit changed the target."""
        return self._generator.limited

    @property
    def target(self) -> Target:
        """The last one that was sent."""
        return self._generator.target

    @property
    def moves(self) -> bool:
        """Whether a target is on its way, so that `step_over` is due."""
        return self.phase in (Phase.STEPPING, Phase.RESETTING, Phase.STOPPING)

    @property
    def is_present(self) -> bool:
        """Whether the arm has shown itself: there is a newest observation."""
        return self.phase is not Phase.ABSENT

    @property
    def is_held(self) -> bool:
        """Whether only a reset moves the arm."""
        return self.phase in (Phase.HELD, Phase.STOPPING, Phase.ABSENT)

    def command(
        self, action: FloatArray, *, session: int, episode_id: int, step: int, reset: bool = False
    ) -> bool:
        """Carry out a command, if it answers the newest observation.

        :param action: (action_dim,) in [-1, 1]; ignored with `reset`
        :return: whether it moves the arm
        """
        if self.phase is Phase.ABSENT:
            return False
        episodes = self.episodes
        if not episodes.is_newest(session=session, episode_id=episode_id, step=step):
            self._publish(episodes.newest)
            return False
        if reset:
            self.want_reset()
            return False
        if self.phase is not Phase.READY:
            episodes.ignore()
            return False
        if fault := self._check.fault(action):
            episodes.counts.refused_actions += 1
            self._report(f'refused an action: {fault}')
            return False
        np.clip(action, -1.0, 1.0, out=self._action)
        arm = self._driver.arm
        self.phase = Phase.STEPPING
        self._send(self._generator.advance(self._task.displacement(self._action), arm))
        return True

    def want_reset(self) -> None:
        """Go to the start of a new episode, once nothing is wrong any more."""
        self._wants_reset = True
        if self.phase in (Phase.READY, Phase.STEPPING):
            self._begin_reset(self._driver.arm)

    def stand_still(self, reason: str) -> None:
        """Bring the arm to rest, hold it, and end the episode; only a reset ends that."""
        self._wants_reset = False
        self.recovery.cancel()
        self._hold(reason)

    def look(self, now: float) -> None:
        """Look for faults, and continue with what somebody waits for. Called again and again.

        :param now: monotonic [s]
        """
        fault = self._guard.find(self._driver, now)
        self.fault = fault
        if self.phase is Phase.ABSENT:
            if not self._driver.missing:
                self._appear(fault)
            return
        if fault is not None:
            if not self.is_held:
                self.meet(fault)
            else:
                self.recovery.meet(fault)
                if self.phase is Phase.STOPPING and not fault.is_under_control:
                    self._leave_alone()
        if self.phase is Phase.HELD and self._stops_later and fault is None:
            self._stops_later = False
            self.phase = Phase.STOPPING
            self._go_on_stopping(self._driver.arm)
        if self.phase is Phase.HELD and self._wants_reset and self.recovery.advance(fault, now):
            self._begin_reset(self._driver.arm)

    def step_over(self, now: float) -> bool:
        """Take note that the time of a step has passed since the last target.

        :param now: monotonic [s]
        :return: whether that was of use; else the state is too old: call again soon
        """
        if not self.moves:
            return True
        if self.phase is Phase.STOPPING:
            self._go_on_stopping(self._driver.arm)
            return True
        if not self._guard.is_fresh(self._driver, now):
            return False
        if self.phase is Phase.STEPPING:
            self._finish_step(self._driver.arm)
        else:
            self._go_on_resetting(self._driver.arm)
        return True

    def meet(self, fault: Fault) -> None:
        """End the episode because something is wrong."""
        self.fault = fault
        self.recovery.meet(fault)
        self._wants_reset = False  # who drives must ask for it, and so know that it was stopped
        self._hold(str(fault))

    def hold_here(self) -> None:
        """Make the arm's place its target, so that no controller goes back to an older one."""
        self._stops_later = False
        if self.fault is None or self.fault.kind is not Kind.NOT_FINITE:
            self._send_hold(target_here(self._driver.arm))

    def _appear(self, fault: Fault | None) -> None:
        """Show the arm for the first time, held: nothing moves before somebody asks for it."""
        arm = self._driver.arm
        if arm.not_finite:
            return
        if fault is not None:
            self.recovery.meet(fault)
        target = target_here(arm)
        self._task.begin(arm, target, self._rng)
        self.episodes.begin(self._task.observe(arm, target))
        self.phase = Phase.HELD
        self._publish(self.episodes.stand_still())

    def _hold(self, reason: str) -> None:
        if self.phase is Phase.ABSENT:
            return
        if not self.is_held:
            self.stop_reason = reason
            self._report(f'held: {reason}')
            is_step_over = not self.moves
            self.phase, self._stop = Phase.STOPPING, None
            if self.fault is not None and not self.fault.is_under_control:
                self._leave_alone()
                self._stops_later = self.fault.kind is Kind.STALE
            elif is_step_over:
                self._go_on_stopping(self._driver.arm)
        self._publish(self.episodes.stand_still())

    def _leave_alone(self) -> None:
        """Let the last target be: it is at rest, and near the arm."""
        self.phase = Phase.HELD
        self._send_hold(None)

    def _go_on_stopping(self, arm: ArmState) -> None:
        if self._stop is None:
            self._stop = GentleStop(self._generator.target, arm, self._limits)
        target = self._stop.advance(self.spec.step_duration, arm)
        if target is None:
            self._leave_alone()
            return
        self._generator.begin(target)
        self._send(target)

    def _begin_reset(self, arm: ArmState) -> None:
        self._wants_reset = False
        stations = [*self._task.retreat(arm), self._task.reset_goal(self._rng)]
        # From where the target is: put back to the arm, it would brake the arm at a stroke.
        start = arm if self.phase is Phase.HELD else self._generator.target
        try:
            self._motion = ResetMotion(self._limits, start.joint_positions, stations)
        except ValueError as error:
            self._fail_reset(str(error))
            return
        self._motion_time = 0.0
        self.resets += 1
        self.phase = Phase.RESETTING
        self._advance_motion()

    def _advance_motion(self) -> None:
        assert self._motion is not None
        self._motion_time += self.spec.step_duration
        target = target_at(self._motion.at(self._motion_time), self._driver.base)
        self._generator.begin(target)
        self._send(target)

    def _go_on_resetting(self, arm: ArmState) -> None:
        motion = self._motion
        assert motion is not None
        if motion.has_arrived(self._motion_time, arm):
            self._failed_resets = 0
            self._task.begin(arm, self._generator.target, self._rng)
            self.phase = Phase.READY
            observation = self._task.observe(arm, self._generator.target)
            self._publish(self.episodes.begin(observation))
        elif motion.is_late(self._motion_time):
            self._fail_reset(f'a joint is {motion.distance(arm):.2f} rad from it')
        else:
            self._advance_motion()

    def _fail_reset(self, reason: str) -> None:
        self._failed_resets += 1
        hopeless = self._failed_resets >= _MOST_FAILED_RESETS
        self.meet(Fault(Kind.UNREACHABLE if hopeless else Kind.RESET, reason))

    def _finish_step(self, arm: ArmState) -> None:
        task, newest = self._task, self.episodes.newest
        result = task.evaluate(arm, self._generator.target, self._action)
        observation = task.observe(arm, self._generator.target)
        finite = (np.abs(observation) <= LARGEST_NUMBER).all()
        if not finite or not abs(result.reward) <= LARGEST_NUMBER:
            self.episodes.counts.unusable_steps += 1
            self.meet(Fault(Kind.NOT_FINITE, f'observation of step {newest.step + 1}'))
            return
        is_over = 0 < self.spec.max_episode_steps <= newest.step + 1
        observed = self.episodes.step(
            observation,
            reward=float(result.reward),
            terminated=result.terminated,
            truncated=is_over and not result.terminated,
            success=result.success,
        )
        self.phase = Phase.READY
        self._publish(observed)
        if observed.ends_episode:
            self.recovery.arm_works()
            self._begin_reset(arm)
