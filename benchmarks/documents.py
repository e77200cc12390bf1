# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Writes what was measured into docs/performance.md: the tables between its markers, a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
import json
from pathlib import Path
import platform
from typing import Any

from growth_picture import draw

Result = dict[str, Any]


def write(results: Path, docs: Path) -> None:
    """Renew each table of which there are results.

    :param results: directory of the files that `make bench` leaves
    """
    page = docs / 'performance.md'
    text = page.read_text()
    for name, table in TABLES.items():
        measured = [
            json.loads(line)
            for path in sorted(results.glob(f'{name}_*.jsonl'), reverse=True)  # most CPUs first
            for line in path.read_text().splitlines()
        ]
        if not measured:
            continue
        begin, end = f'<!-- {name} -->\n', '<!-- end -->'
        before, found, rest = text.partition(begin)
        if not found:
            raise ValueError(f'{page} has no place for the table {name}')
        text = before + begin + '\n'.join(table(measured)) + '\n' + end + rest.partition(end)[2]
        if name == 'growth':
            draw(measured, docs / 'images' / 'learner_growth.png')
    page.write_text(text)


def _table(head: str, rows: Iterable[Iterable[object]]) -> list[str]:
    columns = head.split(' | ')
    lines = [f'| {head} |', '|' + '---|' * len(columns)]
    return lines + ['| ' + ' | '.join(str(cell) for cell in row) + ' |' for row in rows]


def _ranged(result: Result, key: str, digits: int = 1) -> str:
    """:return: 'median (lowest to highest)', nothing where it was not measured"""
    if key not in result:
        return ''
    text = f'{result[key]:.{digits}f}'
    if f'{key}_range' in result:
        low, high = result[f'{key}_range']
        text += f' ({low:.{digits}f} to {high:.{digits}f})'
    return text


def _conditions(results: list[Result]) -> list[str]:
    loads = [r['load'] for r in results if 'load' in r]
    if not loads:
        return []
    return [
        '',
        f'Processor: {_processor()}; load average at the time of a result: '
        f'{min(loads)} to {max(loads)}.',
    ]


def _processor() -> str:
    for line in Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            return line.partition(':')[2].strip()
    return platform.machine()


def _learner(results: list[Result]) -> list[str]:
    rows = (
        (
            r['cpus'],
            r['case'],
            _ranged(r, 'steps_per_s'),
            *(_ranged(r, f'vs_{name}', 2) for name in ('sbx', 'cleanrl', 'sb3')),
        )
        for r in results
    )
    head = 'CPUs | case | steps/s | times SBX | times CleanRL-style | times Stable-Baselines3'
    devices = sorted({f'{r["cpus"]} CPUs: {r["device"]}' for r in results})
    others = sorted({text for r in results for text in r['others'].values() if ',' in text})
    return [
        *_table(head, rows),
        *_conditions(results),
        f'Ours: {"; ".join(devices)}. Others: {"; ".join(others)}.',
    ]


def _inference(results: list[Result]) -> list[str]:
    keys = ('case', 'calls', 'p50_us', 'p99_us', 'p99_9_us')
    rows = ((r['cpus'], *(r[key] for key in keys)) for r in results)
    return [
        *_table('CPUs | case | calls | p50 µs | p99 µs | p99.9 µs', rows),
        *_conditions(results),
    ]


def _replay(results: list[Result]) -> list[str]:
    memory = next(r for r in results if r['case'] == 'memory')
    rows = (
        (r['case'], _ranged(r, 'us_per_call'), f'{r["transitions_per_s"]:,}')
        for r in results
        if r['case'] != 'memory'
    )
    return [
        f'{memory["transitions"]:,} transitions take {memory["megabytes"]} MB of resident memory: '
        f'{memory["bytes_per_transition"]} bytes each.',
        '',
        *_table('call, transitions | µs a call | transitions/s', rows),
        *_conditions(results),
    ]


def _growth(results: list[Result]) -> list[str]:
    results = [r for r in results if r['cpus'] == max(r['cpus'] for r in results)]
    rows = (
        (
            r['sweep'].replace('_', ' '),
            r['value'],
            r['ms_per_step']['ours'],
            r['ms_per_step']['cleanrl'],
            _ranged(r, 'vs_cleanrl', 2),
        )
        for r in results
    )
    head = 'what | value | ms a step | CleanRL-style, ms | times CleanRL-style'
    picture = 'Milliseconds of a learner step over batch, critics, width and UTD'
    return [
        *_table(head, rows),
        *_conditions(results),
        '',
        f'![{picture}](images/learner_growth.png)',
    ]


def _beside_robot(results: list[Result]) -> list[str]:
    rows = (
        (
            r['cpus'],
            r['case'],
            r['steps_per_s'],
            _ranged(r, 'alone_steps_per_s'),
            r.get('of_alone', ''),
            r.get('utd', ''),
            f'{r["missed_ticks"]} of {r["ticks"]}',
            r['longest_period_ms'],
        )
        for r in results
    )
    head = (
        'CPUs | case | steps/s | alone | share of alone | measured UTD | missed ticks | '
        'longest period ms'
    )
    return [*_table(head, rows), *_conditions(results)]


def _contention(results: list[Result]) -> list[str]:
    cases = list(dict.fromkeys(r['case'] for r in results))
    rows = []
    for cpus in sorted({r['cpus'] for r in results}, reverse=True):
        for count in sorted({r['neighbors'] for r in results if r['cpus'] == cpus}):
            cells = {
                r['case']: f'{r["steps_per_s"]} ({100 * r["of_alone"]:.0f} %)'
                for r in results
                if (r['cpus'], r['neighbors']) == (cpus, count)
            }
            rows.append([cpus, count, *(cells.get(case, '') for case in cases)])
    head = ' | '.join(['CPUs', 'busy neighbors', *(case.replace('_', ' ') for case in cases)])
    return [*_table(head, rows), *_conditions(results)]


TABLES: dict[str, Callable[[list[Result]], list[str]]] = {
    'learner': _learner,
    'inference': _inference,
    'replay': _replay,
    'growth': _growth,
    'beside_robot': _beside_robot,
    'contention': _contention,
}
