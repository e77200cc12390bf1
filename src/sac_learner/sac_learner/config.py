# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of the learner's process; its algorithm has its own, see `AlgorithmConfig`."""

from __future__ import annotations

from dataclasses import dataclass

from sac_core.cpu_affinity import parse_cpus
from sac_core.settings import setting, Settings
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.algorithms.sac.config import SacConfig as SacConfig  # where scripts look for it

AUTO = 'auto'
PRECISIONS = ('fp32', 'tf32', 'bf16')  # of the matrix products, see sac_learner.precision


@dataclass(frozen=True, kw_only=True)
class LearnerSettings(Settings):
    """How the learner's process stores, paces, publishes and saves."""

    algorithm: str = setting(
        'sac',
        'What learns: sac, td3, one that an installed package offers under the entry point'
        ' sac.algorithms, or MODULE:Class.',
    )
    autostart: bool = setting(
        True,
        'Configure and activate itself when the robot is known; false: wait until a lifecycle'
        ' client asks for it.',
    )
    device: str = setting(
        'auto', 'Where to train: auto (a GPU if there is one), cpu, cuda, cuda:1, ...'
    )
    threads: int = setting(
        0, 'CPU threads of the training; 0: leave cores to the actor and the bridge.', low=0
    )
    cpu_affinity: str = setting(
        '', "CPUs on which the learner may run, such as '1,2,3'; empty: any."
    )
    precision: str = setting(
        'fp32',
        'Of the matrix products: fp32, tf32 (GPU only), bf16 (between hidden layers) or auto: bf16'
        ' on a processor with AMX or AVX-512 BF16, fp32 elsewhere.',
        choices=(AUTO, *PRECISIONS),
    )
    compile: bool = setting(
        True, 'On a GPU, compile fewer and larger kernels at the start, which can take a minute.'
    )
    replay_capacity: int = setting(
        1_000_000, 'Transitions that the replay buffer holds; then the oldest go.', low=1
    )
    training_starts: int = setting(300, 'Transitions to store before the first update.', low=1)
    lockstep: bool = setting(False, 'Make every due update before the actor may continue.')
    max_debt_steps: int = setting(
        1000,
        'Learner steps that the learner may be behind; more are dropped. Lockstep drops none.',
        low=1,
    )
    weights_publish_period: float = setting(
        0.2,
        'Shortest time between two published policies [s]; lockstep publishes when it is'
        " the actor's turn.",
        low=0.0,
        high=3600.0,
        changeable=True,
    )
    weights_piece_size: int = setting(
        0,
        'Largest piece of a policy in one message [bytes]; 0: 60000 where only this machine'
        ' listens, else 1200, so that a lost packet costs one piece.',
        low=0,
        high=1_000_000,
    )
    status_period: float = setting(
        1.0, 'Time between two status messages [s].', low=0.05, high=60.0, changeable=True
    )
    prior_data: tuple[str, ...] = setting(
        ('',),
        'Recordings to learn from beside what arrives: directories of recorded runs or of'
        ' recordings, or MCAP files; empty: none.',
    )
    prior_rows: str = setting(
        'all',
        'What of them: all, intervened where a person chose the action, or successful for the'
        ' episodes that achieved the task.',
        choices=('all', 'intervened', 'successful'),
    )
    offline_steps: int = setting(
        0, 'Learner steps on prior_data alone, before a policy is published.', low=0
    )
    end_after_offline: bool = setting(
        False, 'End when the offline_steps are made: training without a robot.'
    )
    replay_dir: str = setting(
        '',
        'Directory of the replay buffer: what is acknowledged is in its files, and a learner that'
        ' finds them continues from them; empty: memory only.',
    )
    sync_period: float = setting(
        5.0,
        'Longest time that stored transitions wait to be on the disk itself [s]: so much a power'
        ' cut can cost.',
        low=0.1,
        high=3600.0,
    )
    checkpoint_dir: str = setting(
        '',
        'Directory of the checkpoints; a learner that finds one continues from it; empty: none are'
        ' written.',
    )
    checkpoint_period: float = setting(
        60.0, 'Time between two checkpoints [s]; one more is written at the end.', low=1.0
    )
    checkpoints_kept: int = setting(3, 'Newest checkpoints to keep.', low=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        parse_cpus(self.cpu_affinity)

    @property
    def recordings(self) -> tuple[str, ...]:
        """The recordings of `prior_data`."""
        return tuple(each for each in self.prior_data if each)


def check_settings(config: AlgorithmConfig, settings: LearnerSettings) -> None:
    """Check what no single setting can say of itself.

    :raises ValueError: naming the fields and their values
    """
    if config.batch_size > settings.replay_capacity:
        raise ValueError(
            f'batch_size must be at most replay_capacity ({settings.replay_capacity}),'
            f' got {config.batch_size}'
        )
    if settings.training_starts > settings.replay_capacity:
        raise ValueError(
            f'training_starts must be at most replay_capacity ({settings.replay_capacity}),'
            f' got {settings.training_starts}'
        )
    if settings.offline_steps and not settings.recordings:
        raise ValueError(f'offline_steps needs prior_data, got {settings.offline_steps} steps')
