# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the virtual environment `.venv` from the lock file."""

from __future__ import annotations

from collections.abc import Mapping
import importlib.util
import json
import os
from pathlib import Path
import shutil
import sys

import packages
from progress import Progress, StepFailedError
import stamp

# Imported once after installing, so that a missing system library shows here and not in a run.
NEEDED = 'rclpy, torch, numpy, gymnasium, mujoco, safetensors, matplotlib, yaml'


def prepare(root: Path, progress: Progress, *, use_wheels: bool) -> None:
    """
    Make `.venv` unless the one that is there was made from the same things.

    pip does not survive every interruption, so an unfinished or outdated environment is deleted,
    not mended: what was downloaded stays in pip's cache.

    :param use_wheels: whether ROS comes from wheels instead of the sourced installation
    """
    venv, lock = root / '.venv', root / 'setup' / 'requirements.lock'
    requirements = packages.select(
        lock,
        use_wheels=use_wheels,
        has_colcon=importlib.util.find_spec('colcon_core') is not None,
        has_cmake=shutil.which('cmake') is not None,
    )
    wanted = stamp.fingerprint(
        venv,  # scripts in it name its absolute path
        os.path.realpath(sys.executable),
        sys.version,
        '' if use_wheels else os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)[-1],
        packages.torch_version(lock),
        *requirements,
        files=[root / 'setup' / 'repair_cmake.py'],
    )
    cuda = packages.has_nvidia_gpu()
    made = _read(venv)
    if made.get('fingerprint') == wanted and (made.get('cuda') or not cuda):
        return

    (venv / 'ready').unlink(missing_ok=True)
    if venv.exists():
        with progress.step('delete the unfinished or outdated virtual environment'):
            progress.run(['rm', '-rf', venv], environ(root), log='delete')
    with progress.step('virtual environment'):
        system = [] if use_wheels else ['--system-site-packages']
        progress.run([sys.executable, '-m', 'venv', *system, venv], environ(root), log='venv')
    with progress.step('Python packages'):
        chosen = venv / 'requirements.txt'
        chosen.write_text('\n'.join(requirements) + '\n')
        progress.run([*pip(venv), '-r', chosen], environ(root), log='packages')
    cuda = install_torch(venv, lock, root, progress, cuda=cuda)
    with progress.step('check that all can be imported'):
        if use_wheels:
            progress.run(
                [venv / 'bin/python', root / 'setup/repair_cmake.py'],
                environ(root),
                log='repair_cmake',
            )
        progress.run([venv / 'bin/python', '-c', f'import {NEEDED}'], environ(root), log='imports')
    stamp.write(
        venv / 'ready',
        json.dumps({'fingerprint': wanted, 'cuda': cuda, 'wheels': use_wheels}) + '\n',
    )


def built_on_wheels(root: Path) -> bool | None:
    """:return: whether the present `.venv` has ROS from wheels, None if none is finished"""
    made = _read(root / '.venv')
    return bool(made['wheels']) if made else None


def environ(root: Path) -> Mapping[str, str]:
    """:return: the caller's variables without what an activated `.venv` of this checkout added"""
    inside = f'{root}{os.sep}'
    env = dict(os.environ)
    # Set by the ROS wheels' start-up hook; inherited, it would switch off the new one's hook.
    env.pop('_ROS_WHEELS_BOOTSTRAP_COMPLETE', None)
    # What `make` tells the makes below it; colcon's are not below it.
    for name in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'MAKEOVERRIDES', 'COLCON_PREFIX_PATH'):
        env.pop(name, None)
    for name in ('LD_LIBRARY_PATH', 'PYTHONPATH', 'AMENT_PREFIX_PATH', 'CMAKE_PREFIX_PATH'):
        kept = [
            part
            for part in env.get(name, '').split(os.pathsep)
            if part and not part.startswith(inside)
        ]
        if kept:
            env[name] = os.pathsep.join(kept)
        else:
            env.pop(name, None)
    return env


def install_torch(venv: Path, lock: Path, root: Path, progress: Progress, *, cuda: bool) -> bool:
    """
    Install torch without its dependencies, which the lock file has listed.

    Without a GPU the CPU build is taken, which saves gigabytes of CUDA libraries: first from
    wherever pip is configured to look, then from PyTorch's own index. If neither has it, the CUDA
    build works as well.

    :return: whether it is the CUDA build
    """
    version = packages.torch_version(lock)
    with progress.step(f'torch {version}'):
        if not cuda:
            cpu_build = [*pip(venv), f'torch=={version}+cpu']
            try:
                progress.run(
                    [*cpu_build, '--retries=0', '--timeout=10'], environ(root), log='torch'
                )
                return False
            except StepFailedError:
                pass
            if packages.is_reachable(f'{packages.CPU_INDEX}/torch/', sys.executable):
                cpu_build += ['--index-url', packages.CPU_INDEX]
                progress.run(cpu_build, environ(root), log='torch')
                return False
            progress.warn(
                f'{packages.CPU_INDEX} cannot be reached: installing the CUDA build of torch '
                'instead, which works without a GPU but is several times larger'
            )
        # `===`: the build without a suffix and no other, even where pip finds a CPU build too.
        cuda_build = [*pip(venv), f'torch==={version}', *packages.cuda_libraries(lock)]
        progress.run(cuda_build, environ(root), log='torch')
    return True


def pip(venv: Path) -> list[str | Path]:
    """:return: the pip command that installs exactly what it is given, and decides nothing"""
    # Wheels only, but for the one package that has none.
    options = [
        '--no-deps',
        '--only-binary=:all:',
        '--no-binary=empy',
        '--no-input',
        '--disable-pip-version-check',
    ]
    return [venv / 'bin/python', '-m', 'pip', 'install', '--progress-bar=off', *options]


def _read(venv: Path) -> dict[str, object]:
    text = stamp.read(venv / 'ready')
    made: dict[str, object] = json.loads(text) if text else {}
    return made
