# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The page of the arguments of `make train`, `make policy` and the launch files."""

from __future__ import annotations

from sac_bringup.arguments import Argument
from sac_bringup.arguments import table as arguments_of
from sac_bringup.installation import config_directory
from sac_bringup.runs import RUNS
from tables import table, type_of, values_of

_HEAD = """# Arguments of a run

`make train ARGS="KEY:=VALUE ..."` and `ros2 launch sac_actor train.launch.py KEY:=VALUE ...` take
the same arguments, and so do `make policy` and `policy.launch.py`. An argument that sets
[parameters](parameters.md) goes over those of a preset and of `params_file`; it is empty by
default, which stands for the value given here.
"""
_TITLES = {'train': 'Training', 'policy': 'Running a policy'}


def page() -> str:
    """Return the page."""
    parts = [_HEAD]
    config = config_directory()
    for name, run in RUNS.items():
        configured = run.configured_defaults(config)
        rows = [
            (
                f'`{each.name}`',
                _default(each, configured.get(each.name, '')),
                type_of(each.setting),
                values_of(each.setting),
                each.setting.description,
            )
            for each in arguments_of(run.arguments)
        ]
        title = _TITLES.get(name, name)
        header = ('argument', 'default', 'type', 'values', 'meaning')
        parts.append(f'## {title}\n\n{table(header, rows)}\n')
    return '\n'.join(parts)


def _default(argument: Argument, configured: str) -> str:
    if argument.required:
        return 'required'
    text = argument.default or configured
    return f'`{text}`' if text else ''
