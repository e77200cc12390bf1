# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""sac video: a film of a policy in the simulator."""

from __future__ import annotations

from pathlib import Path

import click
from sac_tools.commands.names import run_argument
from sac_tools.output import json_option, number, print_json


@click.command(short_help='Film a policy in the simulator.')
@run_argument
@click.option(
    '-o',
    '--output',
    type=click.Path(path_type=Path),
    default=Path('policy.mp4'),
    show_default=True,
    help='File to write: .mp4 (wants imageio-ffmpeg) or .gif.',
)
@click.option('--episodes', type=click.IntRange(1), default=1, show_default=True)
@click.option('--seed', type=click.IntRange(0), default=1000, show_default=True)
@click.option('--env-id', help='Environment, ID or MODULE:ID. By default that of the policy.')
@click.option('--env-kwargs', help='Keyword arguments for it, as "{name: value}".')
@click.option(
    '--seconds', type=click.FloatRange(0.1), default=20.0, show_default=True, help='At most.'
)
@json_option
def video(
    run: str,
    output: Path,
    episodes: int,
    seed: int,
    env_id: str | None,
    env_kwargs: str | None,
    seconds: float,
    as_json: bool,
) -> None:
    """Film whole episodes of a policy by its mean action, at the pace of the simulated robot.

    RUN as for eval. MuJoCo draws by EGL, on a graphics card or in software, with no display.
    """
    from sac_tools.filming import film
    from sac_tools.runs.places import find_policy

    filmed = film(
        find_policy(run),
        output,
        episodes=episodes,
        seed=seed,
        env_id=env_id,
        env_kwargs=env_kwargs,
        seconds=seconds,
    )
    if as_json:
        print_json({'file': str(output.absolute()), **filmed})
        return
    click.echo(
        f'{output}: {filmed["frames"]} frames at {filmed["frames_per_second"]:g} per second,'
        f' returns {", ".join(number(each) for each in filmed["returns"]) or "of none to its end"}'
    )
