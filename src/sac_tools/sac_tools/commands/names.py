# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The argument RUN, which a shell can complete by the names in runs/."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem


class RunName(click.ParamType[str]):
    """A run by path or name."""

    name = 'run'

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the runs in the default place, and directories."""
        from sac_tools.runs.places import default_place, list_runs

        try:
            names = [path.name for path in list_runs(default_place())]
        except ValueError:
            names = []
        fitting = [CompletionItem(name) for name in names if name.startswith(incomplete)]
        return fitting or [CompletionItem(incomplete, type='file')]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Leave it as given: who reads it says what is wrong with it."""
        return str(value)


run_argument = click.argument('run', type=RunName())
run_arguments = click.argument('names', metavar='RUN...', type=RunName(), nargs=-1, required=True)
