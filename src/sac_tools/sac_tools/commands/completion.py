# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""sac completion: the script that lets a shell complete commands, options and runs."""

from __future__ import annotations

import click


@click.command(short_help="Print a shell's completion script.")
@click.argument('shell', type=click.Choice(['bash', 'zsh', 'fish']), default='bash')
def completion(shell: str) -> None:
    """Print the completion script of a shell: eval "$(sac completion bash)"."""
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root()
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(root.command, {}, 'sac', '_SAC_COMPLETE').source())
