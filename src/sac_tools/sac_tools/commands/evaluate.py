# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""sac eval: how good a policy is."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from sac_tools.commands.names import run_argument
from sac_tools.output import json_option, number, print_json

if TYPE_CHECKING:
    from sac_tools.evaluation import EpisodeResult


@click.command('eval', short_help='Run episodes by the mean action of a policy.')
@run_argument
@click.option(
    '--episodes', type=click.IntRange(1), default=10, show_default=True, help='How many to run.'
)
@click.option('--seed', type=click.IntRange(0), default=1000, show_default=True, help='Of them.')
@click.option('--env-id', help='Environment, ID or MODULE:ID. By default that of the policy.')
@click.option('--env-kwargs', help='Keyword arguments for it, as "{name: value}".')
@click.option(
    '--max-steps',
    type=click.IntRange(0),
    default=1000,
    show_default=True,
    help='Of an episode, where the environment has no time limit; 0: any number.',
)
@json_option
def evaluate(
    run: str,
    episodes: int,
    seed: int,
    env_id: str | None,
    env_kwargs: str | None,
    max_steps: int,
    as_json: bool,
) -> None:
    """Run episodes in the simulator by the mean action of a policy.

    RUN is a run (its newest checkpoint), a checkpoint, or a file .onnx or policy.safetensors.
    What was trained on an arm, or on its twin, runs on the twin.
    The standard deviation is that of the episodes, those left out that the robot cut off.
    """
    import numpy as np
    from sac_actor.policy_environment import parameters_of_policy
    from sac_actor.policy_file import read_policy
    from sac_tools.evaluation import run_episodes
    from sac_tools.runs.places import find_policy

    path = find_policy(run)
    weights = read_policy(str(path))
    results = []
    running = run_episodes(
        weights,
        episodes=episodes,
        seed=seed,
        env_id=env_id,
        env_kwargs=env_kwargs,
        parameters=parameters_of_policy(path),
        max_steps=max_steps,
    )
    for index, each in enumerate(running, start=1):
        results.append(each)
        if not as_json:
            end = _end(each)
            click.echo(
                f'episode {index}: return {number(each.episode_return)},'
                f' {each.length} steps, {end}'
            )
    whole = [each for each in results if not each.is_cut_off]
    if not whole:
        raise ValueError(f'all {len(results)} episodes were cut off: they measured nothing')
    returns = np.array([each.episode_return for each in whole])
    success_rate = sum(each.success for each in whole) / len(whole)
    if as_json:
        print_json(
            {
                'policy': str(path.absolute()),
                'policy_version': weights.version,
                'learner_steps': weights.learner_steps,
                'seed': seed,
                'return_mean': float(returns.mean()),
                'return_std': float(returns.std()),
                'success_rate': success_rate,
                'episodes': [asdict(each) for each in results],
            }
        )
        return
    click.echo(
        f'mean {number(float(returns.mean()))}, std {number(float(returns.std()))},'
        f' success {success_rate:.0%} over {len(whole)} episodes'
    )
    click.echo(
        f'{path}: policy version {weights.version}, {weights.learner_steps:,} learner steps'
    )


def _end(episode: EpisodeResult) -> str:
    if episode.is_cut_off:
        return 'cut off'
    if episode.is_limited:
        return 'no time limit: ended by --max-steps'
    if episode.success:
        return 'success'
    return 'terminated' if episode.terminated else 'time limit'
