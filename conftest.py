# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What every test gets: strict messages, a ROS domain of its own, no OpenGL, and its tier."""

from __future__ import annotations

from collections.abc import Iterator
import functools
import os
from pathlib import Path
import random
import re
import signal
import sys

import pytest

ROOT = Path(__file__).parent
TIERS = ('unit', 'node', 'system')

os.environ['ROS_PYTHON_CHECK_FIELDS'] = '1'
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
# Tests that start nodes claim domains from 60 on; this one is for what forgets to.
os.environ['ROS_DOMAIN_ID'] = str(random.SystemRandom().randint(1, 59))

# Whoever runs the tests in the background may have them ignore Ctrl-C, and so all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

_OPENGL = re.compile(r'/lib(?:EGL|GLX?|OpenGL|OSMesa|gallium)[^/]*$', re.MULTILINE)


@functools.cache
def _why_no_drawing() -> str:
    from sac_core.drawing import why_no_drawing

    return why_no_drawing()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what draws where nothing can."""
    if item.get_closest_marker('drawing') and (reason := _why_no_drawing()):
        pytest.skip(reason)


@pytest.fixture(autouse=True)
def _no_opengl_in_this_process() -> Iterator[None]:
    """Software OpenGL and what torch compiles by crash in one process: who draws takes another."""
    yield
    loaded = set(_OPENGL.findall(Path('/proc/self/maps').read_text()))
    assert not loaded, 'this test loaded OpenGL; let a process of its own draw'


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test a tier where its file names none: system in test/, unit elsewhere."""
    for item in items:
        if not any(item.get_closest_marker(tier) for tier in TIERS):
            tier = 'system' if item.path.parent == ROOT / 'test' else 'unit'
            item.add_marker(tier)


@pytest.fixture(autouse=True)
def _no_ros_in_a_unit_test(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refuse ROS in a test without the marker, so that the fast tier stays fast."""
    rclpy = sys.modules.get('rclpy')
    if rclpy is None or request.node.get_closest_marker('unit') is None:
        return

    def refuse(**options: object) -> None:
        raise RuntimeError('a unit test starts ROS: give its file `pytestmark = pytest.mark.node`')

    monkeypatch.setattr(rclpy, 'init', refuse)
