# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Compiles the native core for this machine, as `python -m` of this module."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
import platform
import shutil
import subprocess
import sys
import tempfile

SOURCE_DIR = Path(__file__).resolve().parent
MAIN_SOURCE = SOURCE_DIR / 'sac_step.cpp'
COMPILERS = ('c++', 'g++', 'clang++')
# The core never reads errno or floating point exceptions; all else keeps its IEEE meaning.
FLAGS = (
    '-std=c++20',
    '-O3',
    '-march=native',
    '-fno-math-errno',
    '-fno-trapping-math',
    '-fPIC',
    '-shared',
    '-pthread',
)
TIMEOUT = 120.0


class BuildError(Exception):
    """The native core cannot be built here; the message says why in one line."""


def build() -> Path:
    """
    Compile the core unless a library of these sources, compiler and processor is there.

    :return: path of the shared library.
    :raises BuildError: without a working compiler or a writable place.
    """
    compiler = _find_compiler()
    name = f'libsac_step-{_fingerprint(compiler)}.so'
    places = _places()
    for place in places:
        if (place / name).is_file():
            return place / name
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
            descriptor, unfinished = tempfile.mkstemp(suffix='.so', dir=place)
        except OSError:
            continue
        os.close(descriptor)
        try:
            _compile(compiler, unfinished)
            # Whoever else builds at the same time renames an equal file: the last one stays.
            os.replace(unfinished, place / name)
        finally:
            Path(unfinished).unlink(missing_ok=True)
        return place / name
    raise BuildError(f'no writable place for the native core among {", ".join(map(str, places))}')


def _find_compiler() -> str:
    chosen = os.environ.get('CXX')
    for candidate in (chosen,) if chosen else COMPILERS:
        path = shutil.which(candidate)
        if path:
            return path
    raise BuildError(f'no C++ compiler found (looked for {chosen or ", ".join(COMPILERS)})')


def _places() -> list[Path]:
    """Give where a library may lie: beside the sources, else in the user's cache."""
    cache = Path(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'))
    places = [SOURCE_DIR / '_build', cache / 'sac_learner']
    return [each for each in places if each.is_absolute()]  # a user may have no home


def _fingerprint(compiler: str) -> str:
    """Hash all that the library depends on; -march=native makes the processor one of them."""
    digest = hashlib.sha256()
    for source in sorted((*SOURCE_DIR.glob('*.cpp'), *SOURCE_DIR.glob('*.hpp'))):
        digest.update(source.name.encode() + b'\0' + source.read_bytes())
    version = _run([compiler, '--version']).stdout
    for part in (*FLAGS, version, _processor()):
        digest.update(part.encode() + b'\0')
    return digest.hexdigest()[:16]


def _processor() -> str:
    """Describe the instruction set: where the kernel tells its flags, those."""
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line for line in lines if line.startswith(('flags', 'Features'))), platform.machine()
    )


def _compile(compiler: str, output: str) -> None:
    result = _run([compiler, *FLAGS, str(MAIN_SOURCE), '-o', output])
    if result.returncode:
        errors = [line for line in result.stderr.splitlines() if 'error' in line]
        reason = errors[0] if errors else f'exit status {result.returncode}'
        raise BuildError(f'{compiler} could not compile the native core: {reason}')


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f'{command[0]} does not run: {error}') from error


if __name__ == '__main__':
    try:
        print(build())
    except BuildError as error:
        sys.exit(f'sac_learner.algorithms.sac.native.build: {error}')
