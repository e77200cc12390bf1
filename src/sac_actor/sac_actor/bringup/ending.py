# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The rule by which a run ends, and with which exit code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import signal

from sac_actor.bringup.graph import Process

EXIT_BAD_CONFIGURATION = 2


@dataclass(frozen=True)
class Ending:
    """Why a run is over, and the exit code of the whole."""

    reason: str
    exit_code: int


class EndRule:
    """Decides, from each process that exits by itself, whether the run is over."""

    def __init__(self, processes: Iterable[Process]) -> None:
        self._unfinished = {each.label for each in processes if each.ends_run}
        self._failure: Ending | None = None  # of a process that is not required

    def exited(self, process: Process, code: int) -> Ending | None:
        """Note the exit of a process while the run goes on.

        :param code: exit code, or minus the number of the signal that ended it
        :return: None while the run goes on
        """
        if process.ends_run and code == 0:
            self._unfinished.discard(process.label)
            return None if self._unfinished else self._completed()
        ending = Ending(f'{process.label} {describe_exit(code)}', failing_code(code))
        if process.required or code == EXIT_BAD_CONFIGURATION:
            return ending
        if code:
            self._failure = self._failure or ending
        return None

    def _completed(self) -> Ending:
        if self._failure is None:
            return Ending('all actors have finished', 0)
        reason = f'all actors have finished, but {self._failure.reason}'
        return Ending(reason, self._failure.exit_code)


def ended_in_order(code: int) -> bool:
    """Say whether a process that was told to end did so, or had nothing to bring in order yet."""
    return code in (0, -signal.SIGINT, -signal.SIGTERM)


def describe_exit(code: int) -> str:
    """Say how a process ended."""
    if code < 0:
        return f'was ended by {signal.Signals(-code).name}'
    return f'ended with exit code {code}'


def failing_code(code: int) -> int:
    """Return the exit code that a shell would report, 1 for a process that ended too early."""
    return 128 - code if code < 0 else code or 1
