# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Who may import whom: the packages stay apart, their cores free of ROS, the robot's of torch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
import os
from pathlib import Path
import subprocess
import sys

import pytest

pytestmark = pytest.mark.unit

SOURCES = Path(__file__).resolve().parents[1] / 'src'
# What a package may import of this suite, beside itself.
MAY_IMPORT = {
    'sac_core': {'sac_interfaces'},
    'sac_learner': {'sac_core', 'sac_interfaces'},
    'sac_actor': {'sac_core', 'sac_interfaces'},
    'sim_bridge': {'sac_core', 'sac_interfaces'},
    'sac_monitor': {'sac_core', 'sac_interfaces'},
    'sac_recorder': {'sac_core', 'sac_interfaces'},
    'sac_dashboard': {'sac_core', 'sac_interfaces', 'sac_monitor'},  # the same run, seen otherwise
    'franka_bridge': {'sac_core', 'sac_interfaces'},
    'panda_sim': {'sac_core'},
    # It starts the others. A policy tells what it was trained for, a task how it moves the arm.
    'sac_bringup': {'sac_core', 'sac_interfaces', 'sac_actor', 'franka_bridge'},
    # Nothing runs in it: it looks at what the others leave.
    'sac_tools': {
        *('sac_core', 'sac_actor', 'sac_learner', 'sac_monitor'),
        *('sim_bridge', 'franka_bridge', 'panda_sim'),
    },
}
TORCH_IS_FOR = {'sac_learner', 'sac_tools'}
ROS_PACKAGES = {'rclpy', 'sac_interfaces'}  # and whatever is named as message packages are


def modules() -> list[Path]:
    """Every module of every package, tests and setup files aside."""
    return sorted(path for name in MAY_IMPORT for path in (SOURCES / name / name).rglob('*.py'))


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Give the top-level package of each import of a file, wherever it stands, and its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split('.')[0], node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}:{node.lineno}: a relative import'
            yield (node.module or '').split('.')[0], node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith('import_module'):
            argument = node.args[0]
            if isinstance(argument, ast.Constant):
                yield str(argument.value).split('.')[0], node.lineno


def package_of(path: Path) -> str:
    return path.relative_to(SOURCES).parts[0]


def is_ros(name: str) -> bool:
    return name in ROS_PACKAGES or name.endswith(('_msgs', '_srvs', '_interfaces'))


def touches_ros(path: Path) -> bool:
    """Whether a file is one of those that may: a node, or the glue in a folder `ros`."""
    return path.stem.endswith('_node') or 'ros' in path.relative_to(SOURCES).parts[2:-1]


def offenders(forbidden: str, path: Path, names: set[str]) -> list[str]:
    return [
        f'{path.relative_to(SOURCES)}:{line}: imports {name} ({forbidden})'
        for name, line in imported(path)
        if name in names
    ]


def test_there_is_something_to_check() -> None:
    assert {package_of(path) for path in modules()} == set(MAY_IMPORT)
    assert any(touches_ros(path) for path in modules())
    assert any(name == 'torch' for path in modules() for name, _ in imported(path))
    missing = {path.name for path in SOURCES.iterdir() if (path / path.name).is_dir()}
    assert missing <= set(MAY_IMPORT) | {'sac_interfaces'}, 'a package without a rule'


@pytest.mark.parametrize('package', MAY_IMPORT)
def test_packages_import_the_core_and_never_each_other(package: str) -> None:
    others = set(MAY_IMPORT) - MAY_IMPORT[package] - {package}
    found = [
        line
        for path in modules()
        if package_of(path) == package
        for line in offenders('another package', path, others)
    ]
    assert found == []


def imported_modules(path: Path) -> Iterator[tuple[str, int]]:
    """Give the whole name of each module that a file imports, and the line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f'{node.module}.{alias.name}', node.lineno) for alias in node.names)


def test_only_the_registry_knows_the_algorithms() -> None:
    learner = SOURCES / 'sac_learner' / 'sac_learner'
    names = [
        each.stem
        for each in (learner / 'algorithms').iterdir()
        if each.is_dir() and each.name != '__pycache__'
    ]
    assert 'sac' in names
    users = {learner / 'config.py'}  # scripts look there for SacConfig
    found = [
        f'{path.relative_to(SOURCES)}:{line}: imports {module}'
        for path in modules()
        for module, line in imported_modules(path)
        for name in [*names, 'td3']
        if module.startswith(f'sac_learner.algorithms.{name}.')
        and path not in users
        and (learner / 'algorithms' / name) not in path.parents
    ]
    assert found == []


def test_only_nodes_and_the_shared_glue_touch_ros() -> None:
    found = [
        line
        for path in modules()
        if not touches_ros(path)
        for line in offenders('ROS', path, {name for name, _ in imported(path) if is_ros(name)})
    ]
    assert found == []


def test_only_launch_descriptions_touch_launch() -> None:
    found = [
        line
        for path in modules()
        if 'launch' not in path.stem
        for line in offenders('launch', path, {'launch', 'launch_ros'})
    ]
    assert found == []


def test_only_the_learner_imports_torch() -> None:
    found = [
        line
        for path in modules()
        if package_of(path) not in TORCH_IS_FOR
        for line in offenders('torch', path, {'torch'})
    ]
    assert found == []


@pytest.mark.parametrize(
    'module', ['sac_actor.actor_node', 'sac_bringup.runner', 'sim_bridge.sim_bridge_node']
)
@pytest.mark.timeout(60)
def test_a_process_on_the_robots_side_loads_no_torch(module: str) -> None:
    code = f'import sys, {module}; print("torch" in sys.modules)'
    result = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == 'False'


@pytest.mark.parametrize(
    'module',
    [
        'sac_core.policy',
        'sac_actor.actor',
        'sac_learner.training_loop',
        'sac_learner.checkpoint',
        'sim_bridge.env_runner',
        'sac_monitor.recorder',
        'panda_sim.twin',
        'sac_recorder.recording',
        'sac_core.recordings.decoding',
        'sac_tools.evaluation',
        'sac_dashboard.web_server',
    ],
)
@pytest.mark.timeout(60)
def test_a_core_loads_no_ros(module: str) -> None:
    code = f'import sys, {module}; print("rclpy" in sys.modules)'
    result = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == 'False'


@pytest.mark.parametrize(
    'module',
    [
        'sac_learner.learner_node',
        'sac_actor.actor_node',
        'sim_bridge.sim_bridge_node',
        'franka_bridge.franka_bridge_node',
        'panda_sim.panda_sim_node',
        'sac_tools.evaluation',
    ],
)
@pytest.mark.timeout(60)
def test_what_trains_loads_no_opengl(module: str) -> None:
    code = (
        f'import {module}; print(*(line.split()[-1] for line in open("/proc/self/maps")'
        ' if any(f"/lib{name}" in line for name in ("GL", "EGL", "OpenGL", "OSMesa", "glfw"))))'
    )
    result = subprocess.run(
        [sys.executable, '-c', code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, 'MUJOCO_GL': 'egl'},
    )
    assert result.stdout.strip() == ''


def test_mujoco_is_imported_without_opengl_everywhere() -> None:
    found = [
        line
        for path in modules()
        if path.name not in ('physics.py', 'drawing.py')
        for line in offenders('from sac_core.physics import mujoco', path, {'mujoco'})
    ]
    assert found == []
