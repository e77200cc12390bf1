# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Brings an arm that has stopped by itself back to work: in order, a bounded number of times.

The order is the driver's own (franka_ros2, franka_hardware/doc): clear the error, activate the
hardware component, activate the controllers. Nothing is cleared that needs a person.

A fault often silences the driver: its hardware component is unconfigured, and the controllers
that publish the state are deactivated with it. Then the state comes back first, and the arm moves
only if the errors that ended its last motion are known to be harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from typing import Protocol

from franka_bridge.config import DriverSettings
from franka_bridge.faults import Fault, Kind, Need


class Call(Protocol):
    """A request to the driver that is under way."""

    def outcome(self) -> str | None:
        """Return None until there is an answer; then why it failed, empty where it did not."""


class RecoveryCalls(Protocol):
    """What the driver can be asked for; each returns at once."""

    def clear_error(self) -> Call:
        """Ask the robot to recover from its error."""

    def activate_hardware(self) -> Call:
        """Ask for the hardware component to be active."""

    def activate_broadcasters(self) -> Call:
        """Ask for the controllers to be active that publish the arm's state."""

    def activate_controller(self) -> Call:
        """Ask for the controller that takes the targets to be active."""

    def last_errors(self) -> Collection[str]:
        """Name the errors that ended the robot's last motion."""


class _FailedError(Exception):
    """A recovery did not work out."""


class Recovery:
    """Recovers from one fault after the other, until that helps no more.

    :param report: gets one line for each thing that a person should know
    """

    def __init__(
        self, settings: DriverSettings, driver: RecoveryCalls, report: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self.driver = driver
        self._report = report
        self._course: Iterator[None] | None = None  # of the recovery under way
        self._fault: Fault | None = None  # what is wrong now
        self._now = 0.0
        self.tries = 0  # since the last proof that recovering helps
        self.recoveries = 0  # tries of the whole session
        self.person_needed = ''  # why; empty: no person is needed

    def meet(self, fault: Fault) -> None:
        """Take note of a fault: what needs a person is not forgotten when it goes away."""
        if fault.need is Need.PERSON:
            self._need_person(str(fault))

    def acknowledge_fault(self) -> None:
        """Forget what a person was needed for, as that person says that it is seen to."""
        self.person_needed = ''
        self.tries = 0

    def arm_works(self) -> None:
        """Forget the tries: an episode has passed without a fault."""
        self.tries = 0

    def cancel(self) -> None:
        """Go no further; what was asked of the driver is not taken back."""
        self._course = None

    def advance(self, fault: Fault | None, now: float) -> bool:
        """Do what is next. Called again and again while somebody wants the arm to move.

        :param fault: what is wrong now
        :param now: monotonic [s]
        :return: whether the arm may move
        """
        self._fault, self._now = fault, now
        if fault is not None:
            self.meet(fault)
        if self.person_needed:
            return False
        if self._course is None:
            if fault is None:
                return True
            if fault.need is not Need.NOTHING:
                self._begin(fault)
            return False
        try:
            next(self._course)
        except StopIteration:
            self._course = None
            self._report('recovered')
            return self._fault is None and not self.person_needed
        except _FailedError as error:
            self._course = None
            self._report(f'recovery failed: {error}')
        return False

    def _begin(self, fault: Fault) -> None:
        most = self._settings.recovery_tries
        if self.tries >= most:
            self._need_person(f'{self.tries} recoveries in a row did not last ({fault})')
            return
        self.tries += 1
        self.recoveries += 1
        pause = self._settings.recovery_pause
        self._report(f'recovery {self.tries} of {most} from: {fault}; begins in {pause:g} s')
        self._course = self._recover(fault)

    def _recover(self, fault: Fault) -> Iterator[None]:
        driver = self.driver
        begins = self._now + self._settings.recovery_pause
        while self._now < begins:
            yield
        if self._fault is None:
            return
        fault = self._fault  # more may be known by now
        is_cause_known = fault.kind is not Kind.STOPPED
        if not is_cause_known:
            # Refused where an error is set, and else shows why the arm stands, as a user stop.
            is_error = yield from self._ask(driver.activate_hardware)
        if is_error if not is_cause_known else fault.need is Need.RECOVERY:
            yield from self._do('error recovery', driver.clear_error)
        yield from self._do('activation of the hardware', driver.activate_hardware)
        yield from self._do('activation of the broadcasters', driver.activate_broadcasters)
        yield from self._until('no state comes', self._state_comes)
        if not is_cause_known:
            yield
            self._judge_cause(driver.last_errors())
        if not self.person_needed:
            yield from self._do('activation of the controller', driver.activate_controller)
            yield from self._until('the fault is still there', lambda: self._fault is None)

    def _judge_cause(self, errors: Collection[str]) -> None:
        """Let nothing move if the reason of the stop is unknown or grave."""
        grave = sorted(set(errors) - set(self._settings.recoverable_errors))
        if grave:
            self._need_person(f'the last motion was ended by {", ".join(grave)}')
        elif not errors:
            self._need_person('the driver stopped without an error, as by a user stop')

    def _ask(self, ask: Callable[[], Call]) -> Generator[None, None, str]:
        """Ask, wait for the answer, and return why it is a failure; empty where it is none."""
        call = ask()
        deadline = self._now + self._settings.recovery_timeout
        while (outcome := call.outcome()) is None:
            if self._now > deadline:
                return f'no answer in {self._settings.recovery_timeout:g} s'
            yield
        return outcome

    def _do(self, name: str, ask: Callable[[], Call]) -> Generator[None, None, None]:
        failure = yield from self._ask(ask)
        if failure:
            raise _FailedError(f'{name}: {failure}')

    def _until(self, failure: str, condition: Callable[[], bool]) -> Iterator[None]:
        deadline = self._now + self._settings.recovery_timeout
        while not condition():
            if self._now > deadline:
                raise _FailedError(f'{failure}: {self._fault}')
            yield

    def _state_comes(self) -> bool:
        return self._fault is None or self._fault.kind not in (Kind.STALE, Kind.STOPPED)

    def _need_person(self, reason: str) -> None:
        self._course = None
        if not self.person_needed:
            self._report(f'a person is needed: {reason}')
        self.person_needed = reason
