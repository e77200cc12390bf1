# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Each package.xml names what the package imports, by rosdep's keys or in words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
import re
import sys
from xml.etree import ElementTree

import pytest

SOURCES = Path(__file__).resolve().parents[1] / 'src'
PACKAGES = sorted(path.parent.name for path in SOURCES.glob('*/setup.py'))
# Keys of rosdep (ros/rosdistro, rosdep/python.yaml) by module; a ROS package is its own.
KEYS = {
    'click': 'python3-click',
    'gymnasium': 'python3-gymnasium-pip',
    'imageio': 'python3-imageio',
    'matplotlib': 'python3-matplotlib',
    'mujoco': 'python3-mujoco-pip',
    'numpy': 'python3-numpy',
    'torch': 'python3-pytorch-pip',
    'uvicorn': 'python3-uvicorn',
    'yaml': 'python3-yaml',
}
# Distributions that rosdep does not know, by module.
WITHOUT_KEY = {
    'mcap': 'mcap',
    'mcap_ros2': 'mcap-ros2-support',
    'onnx': 'onnx',
    'safetensors': 'safetensors',
    'starlette': 'starlette',
    'zstandard': 'zstandard',
}
# Messages of the driver of an arm, which the nodes do without where they are not installed.
OPTIONAL = {'control_msgs', 'controller_manager_msgs', 'franka_msgs'}
# What these modules of sac_core import is needed by the packages that import them, alone.
LENT = {'sac_core.physics': 'mujoco', 'sac_core.drawing': 'mujoco'}
IN_WORDS = 'no rosdep key; make setup installs: '


def imported(path: Path) -> Iterator[str]:
    """Give the top-level module of each import of a file that it cannot do without."""
    tree = ast.parse(path.read_text(encoding='utf-8'))
    optional = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
        and any('ImportError' in ast.unparse(each.type) for each in node.handlers if each.type)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if node in optional:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.split('.')[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = str(node.module)
            yield module.split('.')[0]
            if module in LENT:
                yield LENT[module]


def needed(package: str) -> set[str]:
    modules = {
        name for path in (SOURCES / package / package).rglob('*.py') for name in imported(path)
    }
    lent = set(LENT.values()) if package == 'sac_core' else set()
    return modules - set(sys.stdlib_module_names) - OPTIONAL - lent - {package}


def declared(package: str) -> tuple[set[str], set[str]]:
    """Return the keys of a package.xml, and the distributions that it names in words."""
    text = (SOURCES / package / 'package.xml').read_text(encoding='utf-8')
    root = ElementTree.fromstring(text)
    keys = {str(each.text) for each in root if each.tag in ('depend', 'exec_depend')}
    words = re.findall(rf'<!-- {re.escape(IN_WORDS)}(.*?) -->', text)
    return keys, {name for line in words for name in line.split(', ')}


@pytest.mark.parametrize('package', PACKAGES)
def test_a_package_file_names_what_is_imported_and_nothing_else(package: str) -> None:
    modules = needed(package)
    keys, in_words = declared(package)
    assert in_words == {WITHOUT_KEY[name] for name in modules if name in WITHOUT_KEY}
    wanted = {KEYS.get(name, name) for name in modules if name not in WITHOUT_KEY}
    assert wanted - keys == set(), 'imported, not declared'
    # A package may start another one's nodes without importing it.
    assert keys - wanted - set(PACKAGES) == set(), 'declared, not imported'


def test_there_is_something_to_compare() -> None:
    assert {'torch', 'safetensors'} <= needed('sac_learner')
    assert 'mujoco' in needed('panda_sim')
    assert 'gymnasium' in needed('sim_bridge')
