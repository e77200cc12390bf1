# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the nodes of a run say of themselves on /diagnostics, the latest of each part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import time

_MOST_PARTS = 200
_MOST_VALUES = 64
LEVELS = ('OK', 'WARN', 'ERROR', 'STALE')


@dataclass(frozen=True)
class Diagnostic:
    """One status, as in diagnostic_msgs/DiagnosticStatus.

    :param name: 'NODE: PART'
    """

    name: str
    level: int
    message: str
    values: Sequence[tuple[str, str]] = ()


class Diagnostics:
    """Keeps the latest status of each part of the nodes in one namespace.

    :param namespace: as 'some/namespace'; of several robots each has its own below it
    :param clock: monotonic time [s]
    """

    def __init__(self, namespace: str = '', clock: Callable[[], float] = time.monotonic) -> None:
        self._prefix = f'{namespace}/' if namespace else ''
        self._clock = clock
        self._heard: dict[str, tuple[Diagnostic, float]] = {}

    def receive(self, status: Diagnostic) -> None:
        """Take a status; one of another run in the same ROS domain is passed over.

        :raises ValueError: where it cannot be one, or there are more parts than can be
        """
        if not status.name.startswith(self._prefix):
            return
        if not 0 <= status.level < len(LEVELS):
            raise ValueError(f'level must be below {len(LEVELS)}, got {status.level}')
        if status.name not in self._heard and len(self._heard) >= _MOST_PARTS:
            raise ValueError(f'more than {_MOST_PARTS} parts, {status.name} is one of them')
        self._heard[status.name] = (status, self._clock())

    def listing(self) -> list[dict[str, object]]:
        """List all parts by name, each with the time since it was heard [s]."""
        now = self._clock()
        return [
            {
                'name': name,
                'level': LEVELS[status.level],
                'message': status.message,
                'values': list(status.values[:_MOST_VALUES]),
                'silence': round(now - heard, 1),
            }
            for name, (status, heard) in sorted(self._heard.items())
        ]

    def nodes(self) -> dict[str, float]:
        """Name the nodes that were heard, each with the time since then [s]."""
        now = self._clock()
        silences: dict[str, float] = {}
        for name, (_, heard) in sorted(self._heard.items()):
            node = name.partition(':')[0]
            silences[node] = min(silences.get(node, now - heard), now - heard)
        return silences
