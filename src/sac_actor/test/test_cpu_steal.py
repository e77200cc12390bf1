# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The share of processor time that the host of a virtual machine gave to others."""

from __future__ import annotations

from pathlib import Path

import pytest
from sac_actor.cpu_steal import CpuSteal


def _write(path: Path, *, idle: int, steal: int) -> None:
    path.write_text(
        f'cpu  10 0 5 {idle} 0 0 0 {steal} 0 0\ncpu0 10 0 5 {idle} 0 0 0 {steal} 0 0\n'
    )


def test_tells_the_share_since_the_last_look(tmp_path: Path) -> None:
    path = tmp_path / 'stat'
    _write(path, idle=100, steal=50)
    stolen = CpuSteal(path)
    _write(path, idle=160, steal=90)
    assert stolen.take() == pytest.approx(0.4)
    _write(path, idle=260, steal=90)
    assert stolen.take() == 0.0
    assert stolen.take() == 0.0


@pytest.mark.parametrize('content', [None, '', 'cpu 1 2 3\n', 'cpu a b c d e f g h\n'])
def test_is_zero_where_the_system_does_not_say(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / 'stat'
    if content is not None:
        path.write_text(content)
    assert CpuSteal(path).take() == 0.0


def test_reads_this_machine() -> None:
    assert 0.0 <= CpuSteal().take() <= 1.0
