# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Builds a learner that continues from what an earlier one left in its directories.

What is stored is in the replay directory, up to the last acknowledged transition; what was learned
is in the newest checkpoint. Transitions stored after the checkpoint are taken in again, in order.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sac_core.latest import point_latest
from sac_core.room import memory_size, size_warning
from sac_core.spaces import RobotSpec
from sac_learner.algorithms.base import Algorithm
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.checkpoint_loading import Checkpoint, newest_checkpoint
from sac_learner.config import check_settings, LearnerSettings
from sac_learner.learner import Learner
from sac_learner.prior.prior_data import PriorData
from sac_learner.replay_files.disk_storage import DiskStorage
from sac_learner.replay_files.layout import ReplayLayout, ROWS_FILE
from sac_learner.replay_rows import row_type
from sac_learner.replay_storage import ReplayStorage


def open_learner(
    config: AlgorithmConfig,
    settings: LearnerSettings,
    spec: RobotSpec,
    algorithm: Algorithm,
    warn: Callable[[str], None],
    prior_data: PriorData | None = None,
) -> tuple[Learner, str]:
    """Build a learner, new or resumed.

    :param prior_data: what was recorded before; None: nothing
    :param warn: takes a line about what is damaged, how it continues without, and a replay
        that will take much of this machine
    :return: the learner, and a line that says from what it goes on, empty for a new one
    :raises ValueError: for a checkpoint or a replay of another configuration, naming the fields
        and both values; where no checkpoint is whole; for a directory that cannot be used
    """
    check_settings(config, settings)
    checkpoint = None
    if settings.checkpoint_dir:
        directory = Path(settings.checkpoint_dir)
        checkpoint = newest_checkpoint(directory, warn)
        if checkpoint and checkpoint.algorithm != settings.algorithm:
            raise ValueError(
                f'checkpoint {checkpoint.path} is of the algorithm {checkpoint.algorithm}, got'
                f' {settings.algorithm}: start a new run'
            )
        if checkpoint and (difference := checkpoint.difference(config, spec)):
            raise ValueError(f'checkpoint {checkpoint.path} is of another run: {difference}')
    storage = _open_storage(settings, spec, checkpoint, warn)
    try:
        learner = Learner(config, settings, spec, algorithm, storage, prior_data)
        if checkpoint:
            learner.load(checkpoint.snapshot)
            _point_latest(checkpoint.path)
        learner.recover_stored()
    except ValueError:
        storage.close()
        raise
    return learner, _describe(learner, checkpoint, warn)


def _point_latest(checkpoint: Path) -> None:
    """Let `latest` be the checkpoint from which the run continues: a newer one is damaged."""
    try:
        point_latest(checkpoint.parent, checkpoint.name)
    except OSError as error:
        raise ValueError(
            f'checkpoint_dir {checkpoint.parent} cannot be used: {error.strerror or error}'
        ) from error


def _open_storage(
    settings: LearnerSettings,
    spec: RobotSpec,
    checkpoint: Checkpoint | None,
    warn: Callable[[str], None],
) -> ReplayStorage:
    start = checkpoint.snapshot.replay.total_added if checkpoint else 0
    sessions = checkpoint.snapshot.sessions if checkpoint else ()
    directory = Path(settings.replay_dir) if settings.replay_dir else None
    _warn_of_size(settings.replay_capacity, spec, directory, warn)
    if directory is not None:
        layout = ReplayLayout(
            capacity=settings.replay_capacity,
            observation_dim=spec.observation_dim,
            action_dim=spec.action_dim,
            env_id=spec.env_id,
        )
        return DiskStorage(
            directory,
            layout,
            sync_period=settings.sync_period,
            warn=warn,
            start=start,
            accounts=sessions,
        )
    storage = ReplayStorage.in_memory(
        settings.replay_capacity, spec.observation_dim, spec.action_dim, first=start
    )
    storage.accounts = sessions
    return storage


def _warn_of_size(
    capacity: int, spec: RobotSpec, directory: Path | None, warn: Callable[[str], None]
) -> None:
    """Say before it fills that the replay will take much of this machine."""
    taken = 0
    place = directory
    if directory is not None:
        rows = directory / ROWS_FILE
        taken = rows.stat().st_blocks * 512 if rows.exists() else 0
        place = next(each for each in (directory, *directory.parents) if each.is_dir())
    line = size_warning(
        'replay_capacity',
        capacity,
        row_type(spec.observation_dim, spec.action_dim).itemsize,
        directory=place,
        memory=memory_size(),
        taken=taken,
    )
    if line:
        warn(line)


def _describe(learner: Learner, checkpoint: Checkpoint | None, warn: Callable[[str], None]) -> str:
    storage = learner.storage
    saved = checkpoint.snapshot.replay.total_added if checkpoint else 0
    if storage.total < saved:
        warn(f'{saved - storage.total} transitions that the checkpoint knew are not stored')
    if checkpoint is None and storage.total == 0:
        return ''
    origin = checkpoint.path.name if checkpoint else 'untrained networks'
    stored = len(learner.replay) + learner.pending_recovered
    return (
        f'continuing from {origin} with {stored} stored transitions,'
        f' {max(storage.total - saved, 0)} of them newer'
    )
