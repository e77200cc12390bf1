# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How a part of a node is doing, for people and their tools; free of ROS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Level(IntEnum):
    """As in diagnostic_msgs/DiagnosticStatus."""

    OK = 0
    WARN = 1  # something is wrong, and work continues
    ERROR = 2  # work cannot continue


@dataclass(frozen=True)
class Status:
    """The state of one part of a node.

    :param part: in a few words
    :param message: what a person reads first
    :param values: figures and names behind it
    """

    part: str
    message: str
    level: Level = Level.OK
    values: Mapping[str, object] = field(default_factory=dict)
