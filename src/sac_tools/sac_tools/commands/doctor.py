# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""sac doctor: is this machine fit for it, and what to do where it is not."""

from __future__ import annotations

from dataclasses import asdict

import click
from sac_tools.output import json_option, print_json

_COLORS = {'ok': 'green', 'note': 'yellow', 'problem': 'red'}


@click.command(short_help='Check this machine, and say what to do.')
@json_option
def doctor(as_json: bool) -> int:
    """Look at software, GPU, permissions, network, shared memory, disk and clock.

    The exit code is 1 where something will not work. Notes are about what could do better.
    """
    from sac_tools.doctor.machine import check_machine
    from sac_tools.doctor.network import check_network
    from sac_tools.doctor.permissions import check_permissions
    from sac_tools.doctor.software import check_software
    from sac_tools.runs.places import default_place

    findings = [
        *check_software(),
        *check_permissions(),
        *check_network(),
        *check_machine(default_place()),
    ]
    if as_json:
        print_json([asdict(each) for each in findings])
    else:
        width = max(len(each.topic) for each in findings)
        for each in findings:
            status = click.style(each.status.ljust(7), fg=_COLORS[each.status])
            click.echo(f'{status}  {each.topic.ljust(width)}  {each.found}')
            if each.advice:
                click.echo(f'{"":7}  {"":{width}}  > {each.advice}')
    return int(any(each.status == 'problem' for each in findings))
