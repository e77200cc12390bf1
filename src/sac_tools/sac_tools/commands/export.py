# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""sac export: a policy for programs that know nothing of this project."""

from __future__ import annotations

from pathlib import Path

import click
from sac_tools.commands.names import run_argument
from sac_tools.output import json_option, print_json, size

_SUFFIXES = {'onnx': '.onnx', 'torchscript': '.pt'}


@click.command(short_help='Write a policy as ONNX or TorchScript.')
@run_argument
@click.option(
    '--format', 'kind', type=click.Choice(list(_SUFFIXES)), default='onnx', show_default=True
)
@click.option(
    '-o',
    '--output',
    type=click.Path(path_type=Path),
    help='File to write. By default policy.onnx or policy.pt.',
)
@json_option
def export(run: str, kind: str, output: Path | None, as_json: bool) -> None:
    """Write the policy of RUN's newest checkpoint, or of a checkpoint, as one file.

    It takes observations (float32 [batch, observation_dim]) as the robot sends them, and gives the
    mean action (float32 [batch, action_dim]) in the robot's units.
    """
    from sac_tools.export.policy_source import read_source
    from sac_tools.runs.places import find_policy

    path = output or Path(f'policy{_SUFFIXES[kind]}')
    source = read_source(find_policy(run))
    if kind == 'onnx':
        from sac_tools.export.onnx_file import onnx_bytes

        data = onnx_bytes(source)
    else:
        from sac_tools.export.torchscript_file import torchscript_bytes

        data = torchscript_bytes(source)
    path.write_bytes(data)
    weights, robot = source.weights, source.robot
    facts = {
        'file': str(path.absolute()),
        'format': kind,
        'bytes': len(data),
        'env_id': robot.env_id,
        'observation_dim': robot.observation_dim,
        'action_dim': robot.action_dim,
        'action_low': robot.action_low.tolist(),
        'action_high': robot.action_high.tolist(),
        'policy_version': weights.version,
        'learner_steps': weights.learner_steps,
        'env_steps': weights.env_steps,
    }
    if as_json:
        print_json(facts)
        return
    click.echo(
        f'{path}: {robot.env_id}, {robot.observation_dim} observations to {robot.action_dim}'
        f' actions, policy version {weights.version} after {weights.env_steps:,} steps,'
        f' {size(len(data))}'
    )
