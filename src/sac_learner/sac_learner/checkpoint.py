# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: written under a temporary name, synced, renamed; the newest few are kept.

A checkpoint is a directory with `policy.safetensors` (all that inference needs),
`learner.safetensors` (networks, targets, optimizers, generator) and `learner.json` (counters,
sessions, configuration, and checksums of all three). Nothing in it is pickled, so loading one
executes nothing. No two ever have the same name, so none has to make way for another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
import os
from pathlib import Path
import queue
import shutil
import threading
from typing import Any
import zlib

from sac_core.durable_file import sync_directory
from sac_core.latest import point_latest
from sac_core.spaces import RobotSpec
from sac_core.weights import encode_weights, NotFiniteError
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.checkpoint_files import (
    DEFAULT_ALGORITHM,
    DESCRIPTION_FILE,
    encode_description,
    list_checkpoints,
    POLICY_FILE,
    save_number,
    TENSORS_FILE,
    VERSION,
)
from sac_learner.checkpoint_loading import read_checkpoint
from sac_learner.config import LearnerSettings
from sac_learner.finiteness import check_finite, DIVERGED
from sac_learner.learner_state import LearnerSnapshot
from safetensors.torch import save as save_tensors


def write_checkpoint(
    directory: Path,
    snapshot: LearnerSnapshot,
    config: AlgorithmConfig,
    spec: RobotSpec,
    *,
    algorithm: str = DEFAULT_ALGORITHM,
) -> Path:
    """Write one checkpoint and point `latest` to it.

    :param directory: holds the checkpoints of a run; created where it is missing
    :param algorithm: its name
    :return: the checkpoint's own directory
    :raises OSError: where it cannot be written; those that are there stay as they are
    """
    directory.mkdir(parents=True, exist_ok=True)
    number = max((save_number(path) for path in list_checkpoints(directory)), default=0) + 1
    final = directory / f'step_{snapshot.policy.learner_steps:08d}_save_{number:06d}'
    partial = directory / f'.{final.name}.partial'
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        files = {
            POLICY_FILE: encode_weights(snapshot.policy),
            TENSORS_FILE: save_tensors(snapshot.tensors),
        }
        description = _describe(snapshot, config, spec, algorithm)
        description['crc32'] = {name: zlib.crc32(data) for name, data in files.items()}
        files[DESCRIPTION_FILE] = encode_description(description)
        for name, data in files.items():
            _write_synced(partial / name, data)
        sync_directory(partial)
        partial.rename(final)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)  # a full disk must not keep the rest of it
        raise
    point_latest(directory, final.name)
    return final


def _describe(
    snapshot: LearnerSnapshot, config: AlgorithmConfig, spec: RobotSpec, algorithm: str
) -> dict[str, Any]:
    return {
        'version': VERSION,
        'policy_version': snapshot.policy.version,
        'learner_steps': snapshot.policy.learner_steps,
        'env_steps': snapshot.policy.env_steps,
        'env_id': spec.env_id,
        'observation_dim': spec.observation_dim,
        'action_dim': spec.action_dim,
        'action_low': spec.action_low.tolist(),
        'action_high': spec.action_high.tolist(),
        'pace': asdict(snapshot.rate_limiter),
        'replay': asdict(snapshot.replay),
        'sessions': [asdict(account) for account in snapshot.sessions],
        'prior': asdict(snapshot.prior) if snapshot.prior else None,
        'algorithm': algorithm,
        'config': asdict(config),
    }


def remove_old_checkpoints(
    directory: Path, keep: int, is_good: Callable[[Path], bool] = lambda path: True
) -> None:
    """Remove what is older than the newest good checkpoints, and what a crash left half written.

    :param keep: how many good ones stay
    :param is_good: whether a run could continue from one: no good one makes way for another
    """
    for partial in directory.glob('.step_*.partial'):
        shutil.rmtree(partial, ignore_errors=True)
    kept = 0
    for path in reversed(list_checkpoints(directory)):
        if kept == keep:
            shutil.rmtree(path, ignore_errors=True)
        else:
            kept += is_good(path)


_Job = tuple[LearnerSnapshot, AlgorithmConfig]


class CheckpointWriter:
    """Writes snapshots on a thread of its own, so that training waits for a copy only.

    :param report: called from that thread with a line to log, and whether it is an error
    """

    def __init__(
        self,
        directory: Path,
        *,
        config: AlgorithmConfig,
        spec: RobotSpec,
        keep: int,
        algorithm: str = DEFAULT_ALGORITHM,
        report: Callable[[str, bool], None],
    ) -> None:
        self._directory = directory
        self.config = config  # what the next snapshot was made with
        self._spec = spec
        self._keep = keep
        self._algorithm = algorithm
        self._report = report
        self._good: dict[str, bool] = {}  # by name, of those that were looked at
        self.failure = ''  # why the training must end: it has diverged
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name='checkpoint')
        self._thread.start()

    def write(self, snapshot: LearnerSnapshot) -> None:
        """Queue a snapshot."""
        self._jobs.put((snapshot, self.config))

    def close(self) -> None:
        """Write what is queued and end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                path = self._write(*job)
            except NotFiniteError as error:
                steps = job[0].policy.learner_steps
                self.failure = f'{DIVERGED}{error}, at learner step {steps}'
                self._report(f'checkpoint not written: {error}', True)
            except Exception as error:  # noqa: BLE001  training continues without, and says so
                self._report(f'checkpoint not written: {error}', True)
            else:
                self._report(f'checkpoint {path}', False)

    def _write(self, snapshot: LearnerSnapshot, config: AlgorithmConfig) -> Path:
        check_finite(snapshot.tensors)
        path = write_checkpoint(
            self._directory, snapshot, config, self._spec, algorithm=self._algorithm
        )
        self._good[path.name] = True
        remove_old_checkpoints(self._directory, self._keep, self._is_good)
        return path

    def _is_good(self, path: Path) -> bool:
        """Read a checkpoint of an earlier learner once; what has a name does not change."""
        if path.name not in self._good:
            try:
                read_checkpoint(path)
            except ValueError:
                self._good[path.name] = False
            else:
                self._good[path.name] = True
        return self._good[path.name]


def checkpoint_writer(
    settings: LearnerSettings,
    config: AlgorithmConfig,
    spec: RobotSpec,
    *,
    report: Callable[[str, bool], None],
) -> CheckpointWriter | None:
    """Start a writer where a directory is configured."""
    if not settings.checkpoint_dir:
        return None
    return CheckpointWriter(
        Path(settings.checkpoint_dir),
        config=config,
        spec=spec,
        keep=settings.checkpoints_kept,
        algorithm=settings.algorithm,
        report=report,
    )


def _write_synced(path: Path, data: bytes) -> None:
    with path.open('wb') as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
