# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Nothing that is due by time goes by a clock that may be set, or stand still."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit
SOURCES = Path(__file__).resolve().parents[1] / 'src'
STEADY = SOURCES / 'sac_core' / 'sac_core' / 'ros' / 'timers.py'


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in every module, tests aside, and where it is written."""
    for path in sorted(SOURCES.glob('*/*/**/*.py')):
        if path == STEADY or 'test' in path.relative_to(SOURCES).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield f'{path}:{node.lineno}', node


def test_every_timer_goes_by_the_monotonic_clock() -> None:
    timers = [(where, call) for where, call in calls() if name(call) == 'create_timer']
    assert len(timers) > 10
    assert not [where for where, call in timers if isinstance(call.func, ast.Attribute)]
    assert not [where for where, call in calls() if name(call) in ('create_rate', 'Rate')]


def test_every_throttled_line_of_the_log_goes_by_the_monotonic_clock() -> None:
    keywords = [(where, key.arg) for where, call in calls() for key in call.keywords]
    assert not [where for where, key in keywords if key == 'throttle_duration_sec']


def name(call: ast.Call) -> str:
    return ast.unparse(call.func).rsplit('.', 1)[-1]
