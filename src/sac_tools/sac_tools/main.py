# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The command sac. Exit code: 0, 1 where a check found something, 2 for an error, in one line."""

from __future__ import annotations

import os
import sys

import click
from sac_tools.commands.completion import completion
from sac_tools.commands.doctor import doctor
from sac_tools.commands.evaluate import evaluate
from sac_tools.commands.export import export
from sac_tools.commands.inspect import inspect
from sac_tools.commands.plot import plot
from sac_tools.commands.runs import runs
from sac_tools.commands.video import video

EXIT_ERROR = 2


@click.group(context_settings={'help_option_names': ['-h', '--help'], 'max_content_width': 99})
def sac() -> None:
    """Look at runs and at what they leave: RUN is a directory, or the name of one in runs/."""


for _command in (runs, plot, evaluate, video, export, inspect, doctor, completion):
    sac.add_command(_command)


def main() -> int:
    """Run the command line and return the exit code."""
    try:
        code = sac.main(prog_name='sac', standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return EXIT_ERROR
    except click.ClickException as error:
        return _fail(error.format_message())
    except click.Abort:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Who read the output has enough of it; the interpreter would complain at its own end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f'{error.filename}: ' if error.filename else ''
        return _fail(f'{where}{error.strerror or error}')
    except ValueError as error:
        return _fail(str(error))
    return code if isinstance(code, int) else 0


def _fail(reason: str) -> int:
    print(f'sac: error: {" ".join(reason.split())}', file=sys.stderr)
    return EXIT_ERROR


if __name__ == '__main__':
    sys.exit(main())
