# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tests use what everybody may use: they touch no private attribute of what they test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted([*ROOT.glob('src/*/test/*.py'), *ROOT.glob('test/**/*.py'), ROOT / 'conftest.py'])
# Private by their names alone: the only way to end a process, or documented.
ALLOWED = {'_exit'}


def is_private(name: str) -> bool:
    return name.startswith('_') and not name.startswith('__') and name not in ALLOWED


def own_names(tree: ast.Module) -> set[str]:
    """Private names that a file itself defines, as functions, classes or attributes."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == 'self':
                names.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


def _sets_or_gets(call: ast.Call) -> bool:
    return ast.unparse(call.func).endswith(('setattr', 'getattr'))


def reached(path: Path) -> Iterator[str]:
    """Name each private thing of somebody else that a file touches, and where."""
    yield from reached_in(path.read_text(encoding='utf-8'), path)


def reached_in(text: str, path: Path) -> Iterator[str]:
    tree = ast.parse(text)
    own = own_names(tree)
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Attribute):
            names = [node.attr]
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ('setattr', 'getattr')
        ):
            names = [
                str(each.value).rpartition('.')[2]
                for each in node.args[:2]
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            ]
        for name in names:
            if is_private(name) and name not in own:
                line = getattr(node, 'lineno', 0)
                yield f'{path.relative_to(ROOT)}:{line}: {name}'


def test_the_check_sees_what_it_is_to_see() -> None:
    assert len(FILES) > 200
    path = ROOT / 'test' / 'seen.py'
    assert [*reached_in('node._loop', path), *reached_in("patch.setattr('a.b', '_c')", path)] == [
        'test/seen.py:1: _loop',
        'test/seen.py:1: _c',
    ]
    assert not list(reached_in('self._own = 1; print(self._own)', path))


def test_no_test_touches_a_private_attribute() -> None:
    assert [each for path in FILES for each in reached(path)] == []
