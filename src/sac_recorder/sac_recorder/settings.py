# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the recorder."""

from __future__ import annotations

from dataclasses import dataclass

from sac_core.settings import setting, Settings


@dataclass(frozen=True, kw_only=True)
class RecorderSettings(Settings):
    """Where and how the recorder writes; the ROS parameters of its node."""

    directory: str = setting('', 'Directory of the recording; each start adds a file to it.')
    actors: int = setting(1, 'Actors that take part in the run.', low=1)
    flush_period: float = setting(
        1.0,
        'Longest time that a message waits to be in the file [s]: so much a kill can cost.',
        low=0.05,
        high=60.0,
    )
    chunk_size: int = setting(
        1_000_000,
        'Bytes of messages that are compressed together, where flush_period leaves the time.',
        low=1000,
        high=100_000_000,
    )
    queue_capacity: int = setting(
        20_000, 'Messages that may wait for the disk; more are dropped and counted.', low=1
    )
    niceness: int = setting(
        10, 'How far the recorder stands back behind others; 0: not at all.', low=0, high=19
    )
