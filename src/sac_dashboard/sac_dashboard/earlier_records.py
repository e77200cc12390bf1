# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a run's records say of the time before the dashboard listened."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sac_monitor.records import episode_from_record, state_from_summary
from sac_monitor.reports import EpisodeReport
from sac_monitor.run_directory import EPISODES, METRICS, read_lines, read_summary

_EMPTY = {'actor_sessions': [], 'sessions': {}, 'wall_s': 0.0}


@dataclass(frozen=True)
class EarlierRecords:
    """Lines of metrics.jsonl and episodes.jsonl and the last summary, less what is damaged."""

    metrics: list[dict[str, Any]] = field(default_factory=list)
    episodes: list[tuple[EpisodeReport, int]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)  # as RunState.restore takes it

    @classmethod
    def read(cls, run_dir: Path) -> EarlierRecords:
        """Read a run's directory; nothing where there is none yet.

        :raises OSError: where it cannot be read
        """
        episodes = []
        for record in read_lines(run_dir / EPISODES):
            try:
                episodes.append(episode_from_record(record))
            except ValueError:
                continue
        try:
            summary = state_from_summary(read_summary(run_dir) or _EMPTY)
        except ValueError:  # damaged: counted anew from what comes
            summary = state_from_summary(_EMPTY)
        return cls(read_lines(run_dir / METRICS), episodes, summary)
