# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Shows what an inspection found to a reader."""

from __future__ import annotations

from typing import Any

import click
from sac_tools.inspection.policies import Facts
from sac_tools.output import print_table

_APART = ('kind', 'path', 'problems', 'fields')


def show(facts: Facts) -> None:
    """Print the facts of one file or directory."""
    click.echo(f'{facts["kind"]} {facts["path"]}')
    for name, value in facts.items():
        if name in _APART:
            continue
        if isinstance(value, list) and value and isinstance(value[0], dict):
            click.echo(f'  {name}:')
            header = list(value[0])
            _indented(header, [[_cell(row[key]) for key in header] for row in value])
        elif isinstance(value, dict):
            words = ', '.join(f'{key} {_cell(each)}' for key, each in value.items())
            click.echo(f'  {name}: {words}')
        else:
            click.echo(f'  {name}: {_cell(value)}')
    if facts.get('fields'):
        click.echo('  ranges over all numbers of a field:')
        rows = [
            [
                name,
                str(len(each['low'])),
                _cell(min(each['low'])),
                _cell(sum(each['mean']) / len(each['mean'])),
                _cell(max(each['high'])),
            ]
            for name, each in facts['fields'].items()
        ]
        _indented(['field', 'numbers', 'least', 'mean', 'greatest'], rows)
    for problem in facts['problems']:
        click.secho(f'  problem: {problem}', fg='red')
    if not facts['problems']:
        click.secho('  whole: everything that has a checksum was verified', fg='green')


def _indented(header: list[str], rows: list[list[str]]) -> None:
    print_table([f'    {header[0]}', *header[1:]], [[f'    {row[0]}', *row[1:]] for row in rows])


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f'{value:.4g}'
    if isinstance(value, int) and not isinstance(value, bool) and value < 2**40:
        return f'{value:,}'
    return str(value)
