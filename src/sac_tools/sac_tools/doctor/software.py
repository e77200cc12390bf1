# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What is installed: looked up, not imported, so that a broken package cannot stop the look."""

from __future__ import annotations

from collections.abc import Iterator
import importlib.metadata
import importlib.util
import os
from pathlib import Path
import platform
import shutil
import subprocess

from sac_core.drawing import why_no_drawing
from sac_tools.doctor.finding import Finding, judge, NOTE, OK, PROBLEM

_NEEDED = ('numpy', 'torch', 'gymnasium', 'mujoco', 'safetensors', 'pyyaml', 'matplotlib')
_OPTIONAL = {
    'onnx': 'sac export --format onnx: pip install onnx',
    'onnxruntime': 'runs ONNX policies: pip install onnxruntime',
    'imageio-ffmpeg': 'sac video into .mp4: pip install imageio-ffmpeg',
    'pygame': "draws Gymnasium's classic control: pip install pygame",
}
_PYTHONS = ((3, 10), (3, 13))


def check_software() -> Iterator[Finding]:
    """Look at Python, ROS and packages."""
    version = tuple(int(word) for word in platform.python_version_tuple()[:2])
    yield judge(
        'Python',
        _PYTHONS[0] <= version <= _PYTHONS[1],
        f'{platform.python_version()} on {platform.system()} {platform.machine()}',
        'use Python 3.10 to 3.13: make clean && make setup PYTHON=python3.12',
        otherwise=PROBLEM,
    )
    yield _ros()
    versions = {name: _version(name) for name in _NEEDED}
    missing = [name for name, found in versions.items() if not found]
    told = ', '.join(f'{name} {found}' for name, found in versions.items() if found)
    yield judge(
        'packages',
        not missing,
        f'missing: {", ".join(missing)}' if missing else told,
        'run make setup, then source setup/env.sh',
        otherwise=PROBLEM,
    )
    for name, use in _OPTIONAL.items():
        found = _version(name)
        yield Finding('optional', OK, f'{name} {found or "not installed"}', '' if found else use)
    yield _drawing()
    yield _native_code()
    yield _gpu(versions['torch'])


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ''


def _ros() -> Finding:
    rclpy = importlib.util.find_spec('rclpy')
    if rclpy is None or importlib.util.find_spec('sac_interfaces') is None:
        what = 'rclpy' if rclpy is None else 'sac_interfaces'
        return Finding('ROS 2', PROBLEM, f'no {what}', 'run make setup, then source setup/env.sh')
    wheels = _version('ros-jazzy-rclpy')
    where = f'Jazzy from wheels (rclpy {wheels})' if wheels else os.environ.get('ROS_DISTRO', '?')
    command = shutil.which('ros2')
    advice = '' if command else 'it comes with a ROS installation; make train needs none'
    return Finding('ROS 2', OK, f'{where}, ros2 command: {command or "none"}', advice)


def _drawing() -> Finding:
    reason = why_no_drawing()
    return judge(
        'drawing',
        not reason,
        reason or 'MuJoCo draws (sac video, render:=true)',
        'only sac video and render:=true draw; the rest runs without',
    )


def _native_code() -> Finding:
    package = importlib.util.find_spec('sac_learner')
    roots = list(package.submodule_search_locations or ()) if package else []
    built = [path for root in roots for path in Path(root).glob('algorithms/*/native/_build/*.so')]
    return judge(
        'native code',
        bool(built),
        'the learner has its compiled step' if built else 'not compiled: training is slower',
        'apt-get install g++ python3-dev, then make setup',
    )


def _gpu(torch: str) -> Finding:
    program = shutil.which('nvidia-smi')
    names = ''
    if program:
        query = [program, '--query-gpu=name,memory.total', '--format=csv,noheader']
        try:
            answer = subprocess.run(query, capture_output=True, text=True, timeout=20)
            names = '' if answer.returncode else '; '.join(answer.stdout.splitlines())
        except (OSError, subprocess.TimeoutExpired):
            pass
    if not names:
        return Finding('GPU', OK, 'none: the learner computes on the processor')
    if '+cpu' in torch:
        advice = 'make clean && make setup installs the one with CUDA'
        return Finding('GPU', NOTE, f'{names}, but torch {torch} cannot use it', advice)
    return Finding('GPU', OK, names)
