# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Names all that this machine lacks for the set-up, at once, with the command that installs it."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
import platform
import shutil
import sys
import sysconfig

OLDEST, NEWEST = (3, 10), (3, 13)  # the Pythons that requirements.lock was resolved and tried for


class NotReadyError(Exception):
    """The machine lacks what the set-up cannot install; the text says how to get it."""


def check(*, use_wheels: bool) -> None:
    """
    Stop before anything is done when the machine cannot finish it.

    :param use_wheels: whether ROS comes from wheels, which exist for x86-64 only
    :raises NotReadyError: with everything that is missing
    """
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        raise NotReadyError(
            f'Python {version[0]}.{version[1]} ({sys.executable}) is not supported: '
            f'3.{OLDEST[1]} to 3.{NEWEST[1]} are. Name another one: '
            f'make setup PYTHON=python3.{OLDEST[1] + 1}'
        )
    if use_wheels and platform.machine() != 'x86_64':
        raise NotReadyError(
            f'the ROS 2 wheels exist for x86_64 only, and this machine is {platform.machine()}: '
            'install ROS 2 Jazzy, source its setup.bash and run this again'
        )
    missing = missing_packages()
    if missing:
        sudo = '' if os.geteuid() == 0 else 'sudo '
        names = '\n'.join(f'    {what}' for what in missing)
        raise NotReadyError(
            f'missing on this machine:\n{names}\n'
            f'Install them with:\n    {sudo}apt-get install {" ".join(missing.values())}'
        )


def missing_packages() -> dict[str, str]:
    """:return: what is missing, and for each the Debian or Ubuntu package that brings it"""
    python = debian_python()
    missing: dict[str, str] = {}
    if not any(shutil.which(compiler) for compiler in (os.environ.get('CXX') or 'c++', 'g++')):
        missing['a C++ compiler'] = 'g++'
    if not shutil.which('make'):
        missing['make'] = 'make'
    if not all(importlib.util.find_spec(name) for name in ('venv', 'ensurepip')):
        missing[f"Python's venv module with pip ({sys.executable})"] = f'{python}-venv'
    if not Path(sysconfig.get_path('include'), 'Python.h').is_file():
        missing[f"Python's header files ({sys.executable})"] = f'{python}-dev'
    return missing


def debian_python() -> str:
    """:return: this Python in the names of Debian's packages: `python3`, or e.g. `python3.12`"""
    default = Path('/usr/bin/python3')
    if default.exists() and os.path.realpath(default) == os.path.realpath(sys.executable):
        return 'python3'
    return f'python{sys.version_info[0]}.{sys.version_info[1]}'
