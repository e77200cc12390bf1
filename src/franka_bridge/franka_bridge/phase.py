# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the arm is doing."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """What the arm is doing."""

    ABSENT = 'waits for the driver'
    HELD = 'held'
    RESETTING = 'goes to a start'
    READY = 'waits for a command'
    STEPPING = 'steps'
    STOPPING = 'comes to rest'
