# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""One process of a run as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
import os
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Process:
    """One node in a process of its own.

    :param namespace: '' or '/some/namespace'
    :param ends_run: the run is complete when all processes so marked have exited with 0
    :param required: the run fails when it exits before the run is over
    :param respawn: it is started again instead
    """

    package: str
    executable: str
    name: str
    namespace: str = ''
    parameters: dict[str, Any] = field(default_factory=dict)
    remappings: tuple[tuple[str, str], ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    log_level: str = 'info'
    ends_run: bool = False
    required: bool = True
    respawn: bool = False

    @property
    def label(self) -> str:
        """Name that is unique in the run, as in the prefix of its output."""
        return f'{self.namespace}/{self.name}'.lstrip('/')

    @property
    def own_arguments(self) -> list[str]:
        """ROS arguments for its log level, and for its keys where SROS2 is on.

        The level is of its own logger only, not of the middleware's.
        """
        words = ['--log-level', f'{self.label.replace("/", ".")}:={self.log_level}']
        if os.environ.get('ROS_SECURITY_ENABLE') == 'true':  # as rcl reads it
            words += ['--enclave', f'/{self.label}']
        return words

    def ros_arguments(self, parameters_file: Path) -> list[str]:
        """Return the command line behind the executable."""
        words = ['--ros-args', '-r', f'__node:={self.name}']
        if self.namespace:
            words += ['-r', f'__ns:={self.namespace}']
        for old, new in self.remappings:
            words += ['-r', f'{old}:={new}']
        return [*words, '--params-file', str(parameters_file), *self.own_arguments]
