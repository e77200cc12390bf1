# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the cases: one line of JSON each, and a table. `make chaos ARGS="--only NAME"`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import shutil
import sys
import tempfile
from typing import Any

from chaos.cases import CASES, STAND_INS
from chaos.run_case import run_case

_COLUMNS = (
    'produced',
    'sent',
    'stored',
    'lost',
    'duplicates',
    'bad_stored',
    'max_period_ms',
    'stolen_percent',
)


def main() -> int:
    """Run what the command line asks for; the exit code says whether all of it went well."""
    parser = argparse.ArgumentParser(prog='chaos', description=__doc__)
    parser.add_argument('--only', action='append', choices=CASES, help='may be given repeatedly')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--quick', action='store_true', help='a few kills, seconds of outage')
    parser.add_argument('--keep', type=Path, help='keep the run directories and logs there')
    options = parser.parse_args()
    directory = options.keep or Path(tempfile.mkdtemp(prefix='chaos-'))
    left = options.only or [name for name in CASES if name not in STAND_INS.values()]
    results: dict[str, dict[str, Any]] = {}
    while left:
        name, *left = left
        results[name] = _run(name, directory, seed=options.seed, quick=options.quick)
        stand_in = STAND_INS.get(name)
        if 'skipped' in results[name] and stand_in and stand_in not in left:
            left.insert(0, stand_in)
    print(_table(results))
    whole = all(not result.get('failure') for result in results.values())
    if whole and options.keep is None:
        shutil.rmtree(directory, ignore_errors=True)
    else:
        print(f'run directories and logs: {directory}')
    return 0 if whole else 1


def _run(name: str, directory: Path, *, seed: int, quick: bool) -> dict[str, Any]:
    place = directory / name
    place.mkdir(parents=True)
    result = run_case(name, place, seed=seed, quick=quick)
    print(json.dumps(result), flush=True)
    return result


def _table(results: dict[str, dict[str, Any]]) -> str:
    """Lay the results out in Markdown, as docs/reliability.md shows them."""
    rows = [['case', *_COLUMNS, 'note']]
    for name, result in results.items():
        note = result.get('failure') or result.get('skipped') or result.get('note', '')
        rows.append([name, *(str(result.get(column, '')) for column in _COLUMNS), str(note)])
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = ['| ' + ' | '.join(map(str.ljust, row, widths)) + ' |' for row in rows]
    lines.insert(1, '|' + '|'.join('-' * (width + 2) for width in widths) + '|')
    return '\n'.join(lines)


if __name__ == '__main__':
    sys.exit(main())
