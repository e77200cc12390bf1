# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""sac inspect: what a file holds, and whether it is whole."""

from __future__ import annotations

from pathlib import Path

import click
from sac_tools.output import json_option, print_json


@click.command(short_help='Return what a file holds, and whether it is whole.')
@click.argument('path', metavar='FILE', type=click.Path(path_type=Path))
@json_option
def inspect(path: Path, as_json: bool) -> int:
    """Read FILE and verify its checksums: a run (all of it), checkpoint, replay directory,
    recording (.mcap) or policy (.safetensors, .onnx).

    The exit code is 1 where something of it is damaged, 2 where it cannot be read at all.
    """
    from sac_tools.inspection.kinds import inspect_path
    from sac_tools.inspection.text import show
    from sac_tools.runs.places import default_place

    in_runs = default_place() / path
    found = inspect_path(in_runs if not path.exists() and in_runs.is_dir() else path)
    if as_json:
        print_json(found)
    else:
        for facts in found:
            show(facts)
    return int(any(facts['problems'] for facts in found))
