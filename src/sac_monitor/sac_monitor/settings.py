# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the monitor."""

from __future__ import annotations

from dataclasses import dataclass

from sac_core.settings import setting, Settings

PROGRESS_MODES = ('auto', 'line', 'plain', 'off')
WANDB_MODES = ('off', 'offline', 'online')


@dataclass(frozen=True, kw_only=True)
class MonitorSettings(Settings):
    """What the monitor shows and records; the ROS parameters of its node."""

    run_dir: str = setting(
        '', 'Directory of the records, made when the run begins; empty: record nothing.'
    )
    resume: bool = setting(False, 'Continue with the records that run_dir holds already.')
    progress: str = setting(
        'auto',
        "'line' is redrawn in place, 'plain' is a line now and then, 'off' is silent,"
        " 'auto' is 'line' in a terminal and 'plain' elsewhere.",
        choices=PROGRESS_MODES,
    )
    max_env_steps: int = setting(0, 'Environment steps of the whole run, 0: no limit.', low=0)
    max_episodes: int = setting(0, 'Episodes of the whole run, 0: no limit.', low=0)
    actors: int = setting(1, 'Actors that take part in the run.', low=1)
    line_period: float = setting(
        0.25, "Time between two redraws of the progress 'line' [s].", low=0.05, high=10.0
    )
    plain_period: float = setting(
        10.0, "Time between two lines of 'plain' progress [s].", low=1.0, high=3600.0
    )
    metrics_period: float = setting(
        1.0,
        'Time between two lines of metrics.jsonl [s].',
        low=0.1,
        high=3600.0,
        changeable=True,
    )
    summary_period: float = setting(
        5.0, 'Time between two updates of summary.json [s].', low=0.5, high=3600.0
    )
    plot_period: float = setting(
        30.0,
        'Time between two drawings of learning_curve.png [s]; longer where drawing takes long.',
        low=1.0,
        high=3600.0,
    )
    tensorboard: bool = setting(True, 'Write curves into run_dir for TensorBoard.')
    wandb: str = setting(
        'off',
        "Hand curves to Weights & Biases: 'offline' keeps them in run_dir/wandb and needs no"
        ' account.',
        choices=WANDB_MODES,
    )
    wandb_project: str = setting('rtsac', 'Project of the run there.')
    wandb_name: str = setting('', 'Name of the run there; empty: that of run_dir.')
    summary_timeout: float = setting(
        10.0, 'Longest wait for the last statuses at the end of the run [s].', low=0.0, high=60.0
    )
