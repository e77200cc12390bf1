# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Builds the ROS packages under `src/` with colcon, and the learner's native code."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
import os
from pathlib import Path
import shutil

import environment
from progress import Progress, StepFailedError
import stamp
import substitutes


def build(root: Path, progress: Progress) -> None:
    """
    Run colcon if a file that it copies or compiles has changed since the last time.

    An edited Python, launch or configuration file needs no build: `--symlink-install` links to it.
    A build that was interrupted is started over, since a killed compiler may leave half an object
    file that looks up to date.
    """
    stamp_path = root / 'install' / 'ready'
    old, new = stamp.read(stamp_path), fingerprint(root)
    if old == new:
        return
    stamp_path.unlink(missing_ok=True)
    with progress.step('ROS packages of this workspace'):
        if old is None or _packages(old) != _packages(new):
            for directory in (root / 'build', root / 'install'):
                if directory.exists():
                    shutil.rmtree(directory)
        python = root / '.venv/bin/python'
        colcon = 'import sys; from colcon_core.command import main; sys.exit(main())'
        options = ['--base-paths', 'src', *map(str, _substitutes(root)), '--symlink-install']
        cmake_options = ['-DCMAKE_BUILD_TYPE=Release', f'-DPython3_EXECUTABLE={python}']
        progress.run(
            [python, '-c', colcon, 'build', *options, '--cmake-args', *cmake_options],
            _build_environ(root),
            log='colcon',
        )
    stamp.write(stamp_path, new)


def build_native(root: Path, progress: Progress) -> None:
    """Compile the learner's native code if it changed; a failure only warns."""
    sources = [
        path
        for path in root.glob('src/sac_learner/sac_learner/algorithms/sac/native/*')
        if path.is_file()
    ]
    if not any(path.name == 'build.py' for path in sources):
        return
    stamp_path = root / 'build' / 'native_ready'
    sources = [path for path in sources if path.suffix in {'.py', '.cpp', '.hpp', '.h'}]
    wanted = stamp.fingerprint(stamp.read(root / '.venv/ready'), files=sources)
    if stamp.read(stamp_path) == wanted:
        return
    stamp_path.unlink(missing_ok=True)
    with progress.step('native code of the learner'):
        try:
            command = (
                'source setup/env.sh && exec python -m sac_learner.algorithms.sac.native.build'
            )
            progress.run(['bash', '-c', command], environment.environ(root), log='native')
        except StepFailedError as error:
            progress.warn(f'{error}\n    The learner will train without it, more slowly.')
            return
    stamp.write(stamp_path, wanted)


def fingerprint(root: Path) -> str:
    """:return: a line with the packages, and one that hashes what colcon copies or compiles"""
    manifests = sorted(root.glob('src/*/package.xml'))
    manifests += [folder / 'package.xml' for folder in _substitutes(root)]
    compiled = list(manifests)
    linked: list[str] = []
    for path in chain(_files(root / 'src'), *map(_files, _substitutes(root))):
        if path.name in {'setup.py', 'setup.cfg', 'CMakeLists.txt'} or path.suffix in {
            '.msg',
            '.srv',
            '.action',
        }:
            compiled.append(path)
        elif path.suffix != '.py' or path.name.endswith('.launch.py'):
            linked.append(str(path))
    names = ' '.join(path.parent.name for path in manifests)
    digest = stamp.fingerprint(*sorted(linked), stamp.read(root / '.venv/ready'), files=compiled)
    return f'{names}\n{digest}\n'


def _substitutes(root: Path) -> list[Path]:
    return [path for path in substitutes.missing(root, _build_environ(root)) if path.is_dir()]


def _packages(workspace_fingerprint: str) -> str:
    return workspace_fingerprint.partition('\n')[0]


def _files(directory: Path) -> Iterator[Path]:
    """:return: the packages' files, also behind links to directories, but for tests and caches"""
    for parent, directories, names in os.walk(directory, followlinks=True):
        directories[:] = [
            name
            for name in directories
            if name not in {'__pycache__', 'test'} and not name.startswith('.')
        ]
        yield from (
            Path(parent, name) for name in names if not name.endswith(('.pyc', '.so', '.o'))
        )


def _build_environ(root: Path) -> dict[str, str]:
    """:return: variables under which colcon and CMake find the virtual environment first"""
    env = dict(environment.environ(root))
    venv = root / '.venv'
    env['PATH'] = f'{venv / "bin"}{os.pathsep}{env.get("PATH", os.defpath)}'
    env['VIRTUAL_ENV'] = str(venv)
    if environment.built_on_wheels(root):
        env['AMENT_PREFIX_PATH'] = env['CMAKE_PREFIX_PATH'] = str(venv)
        env.pop('PYTHONPATH', None)
    return env
