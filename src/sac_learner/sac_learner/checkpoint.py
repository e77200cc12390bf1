# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: written under a temporary name, synced, renamed; the newest few are kept.

A checkpoint is a directory with `policy.safetensors` (all that inference needs),
`learner.safetensors` (networks, targets, optimizers, generator) and `learner.json` (counters
and configuration). Nothing in it is pickled, so loading one executes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
import json
import os
from pathlib import Path
import queue
import shutil
import threading

from sac_core.weights import encode_weights
from sac_learner.config import SacConfig
from sac_learner.learner import LearnerSnapshot
from safetensors.torch import save as save_tensors

LATEST = 'latest'
_PREFIX = 'step_'


def write_checkpoint(directory: Path, snapshot: LearnerSnapshot, config: SacConfig) -> Path:
    """Write one checkpoint and point `latest` to it.

    :param directory: holds the checkpoints of a run; created where it is missing
    :return: the checkpoint's own directory
    :raises OSError: where it cannot be written; an older checkpoint is then still whole
    """
    directory.mkdir(parents=True, exist_ok=True)
    final = directory / f'{_PREFIX}{snapshot.policy.learner_steps:08d}'
    partial = directory / f'.{final.name}.partial'
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    counters = {
        'policy_version': snapshot.policy.version,
        'learner_steps': snapshot.policy.learner_steps,
        'env_steps': snapshot.policy.env_steps,
        'env_id': snapshot.policy.env_id,
        'pace': asdict(snapshot.pace),
        'replay': asdict(snapshot.replay),
        'config': asdict(config),
    }
    _write_synced(partial / 'policy.safetensors', encode_weights(snapshot.policy))
    _write_synced(partial / 'learner.safetensors', save_tensors(snapshot.tensors))
    _write_synced(partial / 'learner.json', json.dumps(counters, indent=1).encode())
    _rename_over(partial, final)
    _point_latest(directory, final.name)
    _sync_directory(directory)
    return final


def remove_old_checkpoints(directory: Path, keep: int) -> None:
    """Remove all but the newest checkpoints and what an interrupted write left."""
    for partial in directory.glob(f'.{_PREFIX}*.partial'):
        shutil.rmtree(partial, ignore_errors=True)
    # By age, because the steps of a learner that began anew are lower than its predecessor's.
    for old in sorted(directory.glob(f'{_PREFIX}*'), key=_age)[:-keep]:
        shutil.rmtree(old, ignore_errors=True)


class CheckpointWriter:
    """Writes snapshots on a thread of its own, so that training waits for a copy only.

    :param report: called from that thread with a line to log, and whether it is an error
    """

    def __init__(
        self,
        directory: Path,
        *,
        config: SacConfig,
        keep: int,
        report: Callable[[str, bool], None],
    ) -> None:
        self._directory = directory
        self._config = config
        self._keep = keep
        self._report = report
        self._jobs: queue.SimpleQueue[LearnerSnapshot | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name='checkpoint')
        self._thread.start()

    def write(self, snapshot: LearnerSnapshot) -> None:
        """Queue a snapshot."""
        self._jobs.put(snapshot)

    def close(self) -> None:
        """Write what is queued and end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (snapshot := self._jobs.get()) is not None:
            try:
                path = write_checkpoint(self._directory, snapshot, self._config)
                remove_old_checkpoints(self._directory, self._keep)
            except Exception as error:  # noqa: BLE001  training goes on without, and says so
                self._report(f'checkpoint not written: {error}', True)
            else:
                self._report(f'checkpoint {path}', False)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open('wb') as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _rename_over(partial: Path, final: Path) -> None:
    """Rename; a checkpoint of the same step gives way, for more was stored since."""
    if not final.exists():
        partial.rename(final)
        return
    older = final.with_name(f'.{final.name}.older.partial')
    shutil.rmtree(older, ignore_errors=True)
    final.rename(older)
    try:
        partial.rename(final)
    except OSError:
        older.rename(final)
        raise
    shutil.rmtree(older, ignore_errors=True)


def _age(checkpoint: Path) -> int:
    return checkpoint.stat().st_mtime_ns


def _point_latest(directory: Path, name: str) -> None:
    link = directory / f'.{LATEST}.partial'
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(directory / LATEST)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
