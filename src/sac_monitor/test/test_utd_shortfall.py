# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A ratio that a machine cannot keep is told once, with what this machine can do about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sac_core.spaces import RobotSpec
from sac_monitor.progress import format_report
from sac_monitor.records import summary_record
from sac_monitor.reports import LearnerReport
from sac_monitor.run_state import RunState
from sac_monitor.utd_shortfall import UtdShortfall

CPU = 'cpu (no GPU), native core, fp32, 2 of 2 cores'
Feed = Callable[..., UtdShortfall]


@pytest.fixture
def cpuinfo(tmp_path: Path) -> Path:
    path = tmp_path / 'cpuinfo'
    path.write_text('flags\t\t: fpu sse avx512f\n')
    return path


@pytest.fixture
def feed(cpuinfo: Path) -> Feed:
    """Report a learner each second, which makes so many updates for each of 50 transitions."""

    def run(*, seconds: int = 30, updates: float = 2.5, target: int = 8, **fields: Any) -> Any:
        now = [0.0]
        shortfall = UtdShortfall(lambda: now[0], cpuinfo)
        for second in range(seconds):
            now[0] = float(second)
            shortfall.receive(
                LearnerReport(
                    **{
                        'learner_session': 1,
                        'state': 'training',
                        'device': CPU,
                        'env_steps': 1000 + 50 * second,
                        'critic_updates': int(1 + 50 * second * updates),
                        'measured_utd': updates,
                        'target_utd': float(target),
                        **{name: _at(value, second) for name, value in fields.items()},
                    }
                )
            )
        return shortfall

    return run


def _at(value: Any, second: int) -> Any:
    return value(second) if callable(value) else value


def test_a_ratio_below_four_fifths_for_20_seconds_is_told_with_what_the_machine_made(
    feed: Feed,
) -> None:
    assert feed(seconds=20).line == ''
    assert feed(seconds=21).line == (
        'the learner made 2.5 critic updates per transition in the last 20 s, 8 are configured:'
        ' this machine is too slow for that; give utd_ratio:=2 or smaller networks,'
        ' hidden_dims:=[128,128]'
    )


def test_what_it_says_stays_the_same(feed: Feed) -> None:
    assert feed(seconds=300).line == feed(seconds=21).line


@pytest.mark.parametrize(
    'fields',
    [
        {'updates': 6.5},  # above four fifths
        {'state': 'paused'},
        {'state': 'filling'},
        {'critic_updates': 0},  # the step is being built
        {'env_steps': 1000},  # the actor pauses: no transitions come
        {'measured_utd': lambda second: 8.0 if second % 15 == 14 else 2.0},  # it catches up
        {'learner_session': lambda second: 1 + second // 15},  # it is started again and again
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_learner_that_keeps_up_or_has_a_reason_is_not_told(
    feed: Feed, fields: dict[str, Any]
) -> None:
    assert feed(seconds=60, **fields).line == ''


@pytest.mark.parametrize(
    ('fields', 'flags', 'remedies'),
    [
        ({'updates': 5.2}, '', 'preset:=light (4 updates) or utd_ratio:=5'),
        ({}, 'avx512_bf16', 'preset:=light (4 updates, in bf16) or utd_ratio:=2'),
        (
            {'target': 4},
            'amx_bf16',
            'the learner `precision: auto` in a params_file (bf16) or utd_ratio:=2',
        ),
        (
            {'device': CPU.replace('fp32', 'bf16')},
            'amx_bf16',
            'utd_ratio:=2 or smaller networks, hidden_dims:=[128,128]',
        ),
        ({'updates': 0.4}, '', 'utd_ratio:=1 or smaller networks, hidden_dims:=[128,128]'),
        ({'updates': 0.4, 'target': 1}, '', 'smaller networks, hidden_dims:=[128,128]'),
    ],
)
def test_remedies_fit_the_machine(
    feed: Feed, cpuinfo: Path, fields: dict[str, Any], flags: str, remedies: str
) -> None:
    cpuinfo.write_text(f'flags\t\t: fpu {flags}\n')
    assert feed(**fields).line.endswith(f'; give {remedies}')


def test_the_run_shows_it_in_its_report_and_its_summary(spec: RobotSpec) -> None:
    now = [0.0]
    state = RunState(clock=lambda: now[0])
    state.receive_spec(spec)
    for second in range(30):
        now[0] = float(second)
        state.receive_learner(
            LearnerReport(
                learner_session=1,
                state='training',
                device=CPU,
                env_steps=1000 + 50 * second,
                critic_updates=1 + 100 * second,
                measured_utd=2.0,
                target_utd=8.0,
            )
        )
    line = state.utd_shortfall.line
    assert 'the learner made 2.0 critic updates' in line
    assert line in format_report(state, 'max_env_steps', None)
    assert summary_record(state, exit_reason='', parameters={}, time=0.0)['advice'] == [line]
