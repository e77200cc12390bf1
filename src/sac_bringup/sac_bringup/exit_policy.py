# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The rule by which a process is started again, and by which a run ends, with its exit code."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
import signal
import time

from sac_bringup.process import Process

EXIT_BAD_CONFIGURATION = 2
EXIT_DIVERGED = 3
_NOT_REPEATED = (EXIT_BAD_CONFIGURATION, EXIT_DIVERGED)  # the same would come again
RESTART_DELAY = 1.0  # [s]
# A process that dies as often as this is not helped by starting it again.
_MOST_RESTARTS = 20
_RESTARTS_WITHIN = 300.0  # [s]


@dataclass(frozen=True)
class Ending:
    """Why a run is over, and the exit code of the whole."""

    reason: str
    exit_code: int


@dataclass(frozen=True)
class Restart:
    """A process is started again after `RESTART_DELAY`."""

    reason: str


class ExitPolicy:
    """Decides what follows from each process that exits by itself.

    :param clock: monotonic time [s]
    """

    def __init__(
        self, processes: Iterable[Process], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._unfinished = {each.label for each in processes if each.ends_run}
        self._failure: Ending | None = None  # of a process that is not required
        self._clock = clock
        self._recent: dict[str, deque[float]] = {}  # times of a process's last restarts
        self._restarts: dict[str, int] = {}

    def exited(self, process: Process, code: int) -> Ending | Restart | None:
        """Note the exit of a process while the run continues.

        :param code: exit code, or minus the number of the signal that ended it
        :return: None where the run continues without it
        """
        if process.ends_run and code == 0:
            self._unfinished.discard(process.label)
            return None if self._unfinished else self._completed(process)
        reason = f'{process.label} {describe_exit(code)}'
        if process.respawn and code not in _NOT_REPEATED:
            if self._may_restart(process.label):
                count = self._restarts[process.label]
                return Restart(f'{reason}; starting it again ({count})')
            minutes = _RESTARTS_WITHIN / 60
            reason += f', after {_MOST_RESTARTS} restarts in {minutes:g} minutes'
            return Ending(reason, failing_code(code))
        ending = Ending(reason, failing_code(code))
        if process.required or code == EXIT_BAD_CONFIGURATION:
            return ending
        if code:
            self._failure = self._failure or ending
        return None

    def _may_restart(self, label: str) -> bool:
        now = self._clock()
        recent = self._recent.setdefault(label, deque(maxlen=_MOST_RESTARTS))
        if len(recent) == _MOST_RESTARTS and now - recent[0] < _RESTARTS_WITHIN:
            return False
        recent.append(now)
        self._restarts[label] = self._restarts.get(label, 0) + 1
        return True

    def _completed(self, last: Process) -> Ending:
        learner_only = last.name == 'learner'  # it trained without a robot
        finished = 'the learner has finished' if learner_only else 'all actors have finished'
        if self._failure is None:
            return Ending(finished, 0)
        reason = f'{finished}, but {self._failure.reason}'
        return Ending(reason, self._failure.exit_code)


def ended_in_order(code: int) -> bool:
    """Return whether a process that was told to end did so, or had nothing to finish yet."""
    return code in (0, -signal.SIGINT, -signal.SIGTERM)


def describe_exit(code: int) -> str:
    """Say how a process ended."""
    if code < 0:
        return f'killed by {signal.Signals(-code).name}'
    return f'ended with exit code {code}'


def failing_code(code: int) -> int:
    """Return the exit code that a shell would report, 1 for a process that ended too early."""
    return 128 - code if code < 0 else code or 1
