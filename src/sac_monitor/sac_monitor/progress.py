# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The run's progress in words: one line while it runs, a short report at its end."""

from __future__ import annotations

from dataclasses import dataclass
import math
from pathlib import Path

from sac_monitor.condition import advice, waiting, warnings_of
from sac_monitor.reports import LearnerReport
from sac_monitor.run_state import EPISODES_AVERAGED, RunState


@dataclass(frozen=True)
class _Part:
    """One item of the line; the part of the highest rank is left out first."""

    rank: int
    long: str
    short: str


def format_progress(state: RunState, width: int) -> str:
    """Describe the run in one line of at most `width` characters.

    Where not all fits, words are shortened first, then the least important parts are left out.
    """
    if cause := waiting(state):
        return _cut(cause, width)
    parts = _parts(state)
    line = '  '.join(part.long for part in parts)
    while len(line) > width and len(parts) > 1:
        line = '  '.join(part.short for part in parts)
        if len(line) > width:
            parts.remove(max(parts, key=lambda part: part.rank))
            line = '  '.join(part.short for part in parts)
    return _cut(line, width)


def format_report(state: RunState, exit_reason: str, run_dir: Path | None) -> str:
    """Sum up the finished run in a few lines."""
    if state.spec is None:
        return 'run ended before it began: no robot was seen'
    lines = [
        f'run of {state.spec.env_id} ended: {exit_reason}',
        f'  {_count(state.env_steps, state.max_env_steps)} env steps in'
        f' {_duration(state.wall_s)}, {state.episodes:,} episodes',
        f'  mean return of the last {EPISODES_AVERAGED} episodes: {_return(state.return_mean)}',
    ]
    if evaluation := state.evaluations.latest():
        lines.append(
            f'  evaluation: mean return {_return(evaluation.return_mean)}, standard deviation'
            f' {_return(evaluation.return_std)}, success rate {evaluation.success_rate:.0%}'
            f' in {evaluation.episodes} episodes'
        )
    learner = state.learner
    if learner:
        lines += [
            f'  {learner.learner_steps:,} learner steps, {learner.critic_updates:,} critic'
            f' updates, measured UTD {_number(learner.measured_utd, ".2f")}',
            f'  {state.total("transitions_sent"):,} transitions sent, {learner.env_steps:,}'
            f' stored, {learner.duplicates:,} duplicates, {learner.lost:,} lost',
        ]
    lines += [f'  {line}' for line in advice(state)]
    if run_dir:
        lines.append(f'  files: {run_dir}')
    return '\n'.join(lines)


def _parts(state: RunState) -> list[_Part]:
    steps = _count(state.env_steps, state.max_env_steps)
    mean = _return(state.return_mean)
    parts = [_Part(0, steps, steps)]
    if state.max_episodes:
        episodes = _count(state.episodes, state.max_episodes)
        parts.append(_Part(1, f'episode {episodes}', f'ep {episodes}'))
    parts += [_Part(2, trouble, trouble) for trouble in warnings_of(state)]
    parts.append(_Part(1, f'return {mean}', f'ret {mean}'))
    if evaluation := state.evaluations.latest():
        found = f'eval {_return(evaluation.return_mean)}'
        parts.append(_Part(3, f'{found} ({evaluation.episodes})', found))
    if state.learner:
        parts += _learner_parts(state.learner)
    parts += _actor_parts(state)
    eta = _eta(state)
    if eta:
        parts.append(_Part(8, f'ETA {eta}', f'ETA {eta}'))
    return parts


def _learner_parts(learner: LearnerReport) -> list[_Part]:
    rate = _number(learner.steps_per_second, '.1f')
    utd = _number(learner.measured_utd, '.2f')
    fill = learner.replay_size / learner.replay_capacity if learner.replay_capacity else math.nan
    filled = _number(fill, '.1%')
    return [
        _Part(4, f'learner {rate} steps/s', f'{rate}/s'),
        _Part(3, f'UTD {utd} of {learner.target_utd:g}', f'UTD {utd}'),
        _Part(7, f'buffer {learner.replay_size:,} ({filled})', f'buf {filled}'),
    ]


def _actor_parts(state: RunState) -> list[_Part]:
    actors = state.active()
    if not actors:
        return []
    version = min(report.policy_version for report in actors)
    age = max(report.weights_age for report in actors)
    weights = f'v{version} {_age(age)}' if version else 'none'
    short_weights = f'v{version} {_age(age)}' if version else 'random'
    rate = _number(min(report.control_rate for report in actors), '.1f')
    many = f'{len(actors)} actors' if len(actors) > 1 else 'actor'
    times = f'{len(actors)}x' if len(actors) > 1 else ''
    return [
        _Part(6, f'weights {weights}', short_weights),
        _Part(5, f'{many} {rate} Hz', f'{times}{rate} Hz'),
    ]


def _eta(state: RunState) -> str:
    left = state.max_env_steps - state.env_steps
    rate = state.env_steps_per_second
    return _duration(left / rate) if left > 0 and rate > 0.0 else ''


def _count(count: int, limit: int) -> str:
    return f'{count:,}/{limit:,}' if limit else f'{count:,}'


def _return(value: float) -> str:
    """Four digits or so: -1,234 or -153.2 or 0.73."""
    if abs(value) >= 1000.0:
        return _number(value, ',.0f')
    return _number(value, '.1f' if abs(value) >= 10.0 else '.2f')


def _number(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else '-'


def _age(seconds: float) -> str:
    if seconds < 0.0:
        return '-'
    return f'{seconds:.1f}s' if seconds < 60.0 else _duration(seconds)


def _duration(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f'{hours}:{minute:02}:{second:02}'


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(0, width - 3)] + '...'[: max(0, width)]
