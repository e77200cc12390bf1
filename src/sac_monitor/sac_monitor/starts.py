# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which starts of each process were heard: restarts are counted, two at a time are told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# A process that was replaced is silent. One late message may be an accident.
_CLASHES = 2
_MOST_STARTS = 10_000  # of one process; more are somebody's flood


class Starts:
    """Sessions of the processes of a run, by the name of the process."""

    def __init__(self) -> None:
        self._sessions: dict[str, list[int]] = {}  # in the order in which they were first heard
        self._heard: set[str] = set()  # in this life of the monitor
        self._stale: dict[str, int] = {}  # messages of a session that was replaced

    def restore(self, sessions: Mapping[str, Sequence[int]]) -> None:
        """Continue from what an earlier monitor of the run has heard."""
        self._sessions = {name: list(ids) for name, ids in sessions.items()}

    def note(self, name: str, session: int) -> None:
        """Take in that a session of a process was heard."""
        known = self._sessions.setdefault(name, [])
        if session not in known and len(known) < _MOST_STARTS:
            known.append(session)
        elif session != known[-1] and name in self._heard:
            self._stale[name] = self._stale.get(name, 0) + 1
        self._heard.add(name)

    @property
    def sessions(self) -> dict[str, list[int]]:
        """What `restore` takes."""
        return self._sessions

    def restarts(self) -> dict[str, int]:
        """Count the starts of each process after its first."""
        return {name: len(ids) - 1 for name, ids in self._sessions.items()}

    def clashes(self) -> list[str]:
        """Name the processes of which two are heard at the same time."""
        return [name for name, count in self._stale.items() if count >= _CLASHES]
