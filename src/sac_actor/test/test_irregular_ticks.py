# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Every missed or repeated tick is explained once, with what the host of the machine withheld."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from sac_actor.actor_stats import ActorStats
from sac_actor.cpu_steal import CpuSteal
from sac_actor.irregular_ticks import IrregularTicks


def _stats(**values: float) -> ActorStats:
    return ActorStats(**{field.name: 0 for field in fields(ActorStats)} | values)


def test_a_regular_loop_needs_no_explanation() -> None:
    assert list(IrregularTicks().explain(_stats(ticks=1000))) == []


def test_each_irregularity_is_explained_once(tmp_path: Path) -> None:
    ticks = IrregularTicks(CpuSteal(tmp_path / 'absent'))
    stats = _stats(overruns=3, stale_ticks=2, period_max=0.0812)
    assert list(ticks.explain(stats)) == [
        'missed ticks: 3; the loop ran late, its longest period was 81 ms',
        'ticks without a fresh observation: 2; the last command was repeated',
    ]
    assert list(ticks.explain(stats)) == []
    (line,) = ticks.explain(_stats(overruns=3, stale_ticks=7))
    assert line.startswith('ticks without a fresh observation: 5;')


def test_names_the_time_that_the_host_withheld(tmp_path: Path) -> None:
    stat = tmp_path / 'stat'
    stat.write_text('cpu 0 0 0 100 0 0 0 0\n')
    ticks = IrregularTicks(CpuSteal(stat))
    stat.write_text('cpu 0 0 0 160 0 0 0 40\n')
    (line,) = ticks.explain(_stats(overruns=1, period_max=0.04))
    assert line.endswith('; the host of this machine took 40% of its time')
