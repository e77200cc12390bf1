# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""sac runs: a table of runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
import time

import click
from sac_tools.output import duration, json_option, number, print_json, print_table

_HEADER = ('run', 'env', 'state', 'seed', 'steps', 'of', 'return', 'evaluated', 'age')


@click.command(short_help='List runs.')
@click.argument('directory', required=False, type=click.Path(path_type=Path))
@json_option
def runs(directory: Path | None, as_json: bool) -> None:
    """List the runs in DIRECTORY (runs/ by default), the newest last.

    The return is the mean of the last ten episodes; the age that of the last record.
    """
    from sac_tools.runs.overview import read_overview
    from sac_tools.runs.places import default_place, list_runs

    place = directory or default_place()
    now = time.time()
    is_new = directory is None and not place.exists()  # a checkout in which nothing ran yet
    found = [read_overview(path, now=now) for path in ([] if is_new else list_runs(place))]
    found.sort(key=lambda each: each.time)
    if as_json:
        print_json([asdict(each) | {'path': str(each.path.absolute())} for each in found])
        return
    if not found:
        click.echo(f'no runs in {place}')
        return
    rows = [
        (
            each.name,
            each.env_id or '-',
            each.state,
            number(each.seed, 0),
            number(each.env_steps, 0),
            number(each.max_env_steps, 0),
            number(each.return_mean),
            number(each.eval_return_mean),
            duration(now - each.time),
        )
        for each in found
    ]
    print_table(_HEADER, rows, left=3)
