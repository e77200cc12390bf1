# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Makes a learning curve with the real processes of `make train`; an interrupted one goes on."""

from __future__ import annotations

import shutil
import subprocess
import sys

from sac_core.child_process import bound_to_this_process
from sac_core.ros.testing import child_environment
from sac_monitor.run_directory import read_summary
import yaml

from learning.curve import ARM, Curve, EPISODES_EACH, parameters_of


def start(curve: Curve, *, domain_id: int, threads: int) -> subprocess.Popen[bytes]:
    """Start or continue with a run, as a process that ends after the last evaluation.

    One that has made its steps, and whose last evaluation was cut off, begins anew: no step is
    left after which the run would evaluate again.

    :param domain_id: of its own, so that several can run side by side
    :param threads: of the learner, 0: as by default
    """
    run_dir = curve.run_dir
    run_dir.parent.mkdir(parents=True, exist_ok=True)
    if run_dir.exists() and (read_summary(run_dir) or {}).get('env_steps', 0) >= curve.steps:
        shutil.rmtree(run_dir)
    parameters = run_dir.with_suffix('.yaml')
    of_curve = {'actor': {'eval_period': curve.period}, 'learner': {'threads': threads}}
    for node, values in parameters_of(curve.variation).items():
        of_curve[node] |= values
    parameters.write_text(
        yaml.safe_dump({node: {'ros__parameters': each} for node, each in of_curve.items()})
    )
    words = [f'params_file:={parameters}', f'max_env_steps:={curve.steps}']
    if (run_dir / 'run.yaml').exists():
        words.append(f'resume:={run_dir}')
    else:
        words += [
            f'run_dir:={run_dir}',
            *_robot(curve.env_id),
            f'seed:={curve.seed}',
            f'control_rate:={curve.control_rate}',
            f'eval_episodes:={EPISODES_EACH}',
        ]
        if curve.preset != 'default':
            words.append(f'preset:={curve.preset}')
    with curve.log.open('ab') as log:
        return subprocess.Popen(
            [sys.executable, '-m', 'sac_bringup.runner', 'train', *words],
            env=child_environment(domain_id),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches it once, from who started it
            preexec_fn=bound_to_this_process(),
        )


def _robot(env_id: str) -> list[str]:
    """Return which robot it is: an arm's tasks, which have the prefix, are learned on its twin."""
    if env_id.startswith(ARM):
        return ['robot:=panda_sim', f'task:={env_id.removeprefix(ARM)}']
    return [f'env_id:={env_id}']
