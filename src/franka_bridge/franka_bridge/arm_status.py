# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How the arm is doing, for /diagnostics."""

from __future__ import annotations

from dataclasses import replace
import time

from franka_bridge.arm_runner import ArmRunner
from franka_bridge.arrival_rates import ArrivalRates
from franka_bridge.driver_state import DriverState
from franka_bridge.faults import RobotMode
from franka_bridge.phase import Phase
from sac_core.command_watch import CommandWatch
from sac_core.diagnostics import Level, Status


class ArmStatus:
    """Compares the counts of a runner with those of the last report.

    :param rates: of the state, None where its time stands still at will
    :param without: what is not watched on this installation; empty: nothing is missing
    """

    def __init__(
        self,
        runner: ArmRunner,
        driver: DriverState,
        watch: CommandWatch,
        *,
        rates: ArrivalRates | None,
        without: str,
    ) -> None:
        self._runner = runner
        self._driver = driver
        self._watch = watch
        self._rates = rates
        self._without = without
        self._counts = replace(runner.episodes.counts)
        self._time = time.monotonic()

    def reports(self, *, is_emergency: bool) -> tuple[Status, Status]:
        """Describe the time since the last report: the task, and the driver."""
        return self._task_report(is_emergency=is_emergency), self._driver_report()

    @property
    def complaint(self) -> str:
        """What is wrong with the driver, as far as is known; empty: nothing."""
        if self._runner.fault is not None:
            return str(self._runner.fault)
        return self._rates.slow if self._rates else ''

    def _task_report(self, *, is_emergency: bool) -> Status:
        runner, watch = self._runner, self._watch
        counts, now = runner.episodes.counts, time.monotonic()
        rate = (counts.steps - self._counts.steps) / (now - self._time)
        refused = counts.refused_actions - self._counts.refused_actions
        self._counts, self._time = replace(counts), now
        person = runner.recovery.person_needed
        level, message = Level.OK, runner.phase.value
        if is_emergency:
            level, message = Level.ERROR, 'emergency stop'
        elif person:
            level, message = Level.ERROR, f'a person is needed: {person}'
        elif runner.phase in (Phase.HELD, Phase.STOPPING) and runner.stop_reason:
            level, message = Level.WARN, f'held: {runner.stop_reason}'
        elif refused:
            level, message = Level.WARN, f'{refused} actions refused'
        return Status(
            'task',
            message,
            level,
            {
                'env_id': runner.spec.env_id,
                'phase': runner.phase.value,
                'steps_per_second': round(rate, 1),
                **vars(counts),
                'limited_steps': runner.limited_steps,
                'resets': runner.resets,
                'recoveries': runner.recovery.recoveries,
                'recovery_tries': runner.recovery.tries,
                'command_timeouts': watch.timeouts,
                'seconds_to_safe_state': watch.silence,
                'longest_seconds_to_safe_state': watch.longest_silence,
            },
        )

    def _driver_report(self) -> Status:
        driver, now = self._driver, time.monotonic()
        if self._rates:
            self._rates.look(now)
        values: dict[str, object] = {
            f'age_of_{part.replace(" ", "_")}': round(driver.age(part, now), 4)
            for part in driver.arrivals
        }
        if driver.robot is not None:
            mode = driver.robot.mode
            is_known = mode in list(RobotMode)
            values['robot_mode'] = RobotMode(mode).name if is_known else str(mode)
            values['errors'] = ', '.join(sorted(driver.robot.errors))
            values['success_rate'] = driver.robot.success_rate
        if driver.controllers is not None:
            active = (name for name, state in driver.controllers.items() if state == 'active')
            values['active_controllers'] = ', '.join(sorted(active))
        if complaint := self.complaint:
            level = Level.WARN if self._runner.fault is None else Level.ERROR
            return Status('driver', complaint, level, values)
        if self._without:
            return Status('driver', self._without, Level.WARN, values)
        return Status('driver', 'all that is watched is in order', Level.OK, values)
