# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""For tests: a clock, waiting for what another thread does, a machine without OpenGL."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import time

_OPENGL = ('EGL', 'GL', 'GLX', 'OpenGL', 'OSMesa', 'GLESv1_CM', 'GLESv2')


class FakeClock:
    """Seconds that pass when a test says so, or when the code under test sleeps."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def nanoseconds(self) -> int:
        return round(self.now * 1e9)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; the time limit of the test is the time limit."""
    while not condition():
        time.sleep(0.001)


def environment_without_opengl(directory: Path) -> dict[str, str]:
    """Return the environment of a process in which no library of OpenGL can be loaded.

    :param directory: for files of the libraries' names that are none, which the loader finds first
    """
    for name in _OPENGL:
        for ending in ('', *(f'.{number}' for number in range(10))):
            (directory / f'lib{name}.so{ending}').touch()
    environment = dict(os.environ)
    environment.pop('MUJOCO_GL', None)
    paths = (str(directory), os.environ.get('LD_LIBRARY_PATH'))
    environment['LD_LIBRARY_PATH'] = os.pathsep.join(filter(None, paths))
    return environment
