# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a run's records say of the time before the dashboard listened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sac_monitor.records import episode_from_record, state_from_summary
from sac_monitor.reports import EpisodeReport
from sac_monitor.run_directory import each_line, EPISODES, METRICS, read_summary

_EMPTY = {'actor_sessions': [], 'sessions': {}, 'wall_s': 0.0}


class EarlierRecords:
    """The records in a run's directory, less what is damaged; nothing where there are none.

    Of a run of days they are large: they are read one by one and not kept.
    """

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir

    def metrics(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of metrics.jsonl."""
        return each_line(self._run_dir / METRICS)

    def episodes(self) -> Iterator[tuple[EpisodeReport, int]]:
        """Yield the episodes, each with the run's environment steps at its end."""
        for record in each_line(self._run_dir / EPISODES):
            try:
                yield episode_from_record(record)
            except ValueError:
                continue

    def summary(self) -> dict[str, Any]:
        """Return what `RunState.restore` takes from the last summary."""
        try:
            return state_from_summary(read_summary(self._run_dir) or _EMPTY)
        except ValueError:  # damaged: counted anew from what comes
            return state_from_summary(_EMPTY)
