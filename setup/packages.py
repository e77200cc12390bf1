# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Chooses from the lock file what this machine needs: ROS wheels or not, CUDA or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import re
import shutil
import subprocess

CPU_INDEX = 'https://download.pytorch.org/whl/cpu'

# What a ROS installation brings itself: it was built against these and may break with others.
ROS_OWN = ('numpy', 'empy', 'lark-parser', 'catkin-pkg', 'setuptools', 'pyyaml')

CUDA_ONLY = ('nvidia-', 'cuda-', 'triton')


def locked(lock: Path) -> Iterator[tuple[str, str]]:
    """:return: name and whole requirement (version and marker) of each line of the lock file"""
    for line in lock.read_text().splitlines():
        requirement = line.partition('#')[0].strip()
        if requirement:
            yield re.split(r'[=\[ ;]', requirement, maxsplit=1)[0], requirement


def select(
    lock: Path, *, use_wheels: bool, has_colcon: bool = False, has_cmake: bool = False
) -> list[str]:
    """
    Select the requirements to install, all but torch with CUDA's libraries: see `cuda_libraries`.

    :param use_wheels: whether ROS comes from wheels
    :param has_colcon: whether a sourced ROS installation has colcon
    :param has_cmake: whether the machine has cmake; matters with a sourced ROS only
    """
    unwanted = ['torch', *CUDA_ONLY]
    if not use_wheels:
        unwanted += ['ros-', *ROS_OWN]
        unwanted += ['colcon-'] if has_colcon else []
        unwanted += ['cmake'] if has_cmake else []
    return [text for name, text in locked(lock) if not name.startswith(tuple(unwanted))]


def cuda_libraries(lock: Path) -> list[str]:
    """:return: what the CUDA build of torch needs besides"""
    return [text for name, text in locked(lock) if name.startswith(CUDA_ONLY)]


def torch_version(lock: Path) -> str:
    """:return: the locked version of torch, without a build's suffix"""
    return (
        next(req for name, req in locked(lock) if name == 'torch')
        .split(';')[0]
        .split('==')[1]
        .strip()
    )


def has_nvidia_gpu() -> bool:
    """:return: whether a working NVIDIA driver reports a GPU"""
    gpus = Path('/proc/driver/nvidia/gpus')
    if gpus.is_dir() and any(gpus.iterdir()):
        return True
    if not shutil.which('nvidia-smi'):
        return False
    try:  # the only sign of a GPU under WSL
        listing = subprocess.run(['nvidia-smi', '-L'], capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        return False
    return listing.returncode == 0 and 'GPU ' in listing.stdout


def is_reachable(url: str, python: str | Path, *, timeout: float = 6.0) -> bool:
    """
    Tell whether an index answers, through the user's proxies, within `timeout` seconds in all.

    A process of its own, since no time limit can be set on name resolution. A refused certificate
    counts as an answer: pip may know certificates that this Python does not.
    """
    probe = (
        'import ssl, sys, urllib.error, urllib.request\n'
        f'try: urllib.request.urlopen(sys.argv[1], timeout={timeout})\n'
        'except urllib.error.HTTPError: pass\n'
        'except urllib.error.URLError as error:\n'
        '    sys.exit(not isinstance(error.reason, ssl.SSLError))\n'
    )
    try:
        answer = subprocess.run(
            [str(python), '-c', probe, url], capture_output=True, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        return False
    return answer.returncode == 0
