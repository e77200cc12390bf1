# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the newest checkpoint that is whole, and says whether it is of the same run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
import zlib

from sac_core.latest import follow_latest
from sac_core.settings import settings_of
from sac_core.spaces import RobotSpec
from sac_core.weights import decode_weights
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.checkpoint_files import (
    decode_description,
    DEFAULT_ALGORITHM,
    described_robot,
    DESCRIPTION_FILE,
    list_checkpoints,
    POLICY_FILE,
    TENSORS_FILE,
    VERSION,
)
from sac_learner.finiteness import check_finite
from sac_learner.learner_state import LearnerSnapshot
from sac_learner.prior.mixing import PriorState
from sac_learner.rate_limiter import RateLimiterState
from sac_learner.replay_buffer import ReplayState
from sac_learner.sequence_tracker import SessionState
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors

# What reading files that somebody damaged can raise.
_DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that was read whole.

    :param config: the settings of the algorithm, as they were written
    :param algorithm: its name
    """

    path: Path
    snapshot: LearnerSnapshot
    spec: RobotSpec
    config: dict[str, Any]
    algorithm: str = DEFAULT_ALGORITHM

    def difference(self, config: AlgorithmConfig, spec: RobotSpec) -> str:
        """Return in which fields a learner differs from this; empty where it may continue.

        Every field of the configuration must agree: each changes what is computed, and the
        seed the numbers that are drawn; so must the robot. One that may change while a learner
        runs may change between two, too. How the process goes about it
        (`LearnerSettings`: device, threads, precision, periods, lockstep, cap of the debt) may
        change; the replay buffer says for itself that its capacity may not.
        """
        given = asdict(config)
        # A setting that did not exist yet had the effect of its default.
        saved = {field.name: field.default for field in fields(config)} | self.config
        for each in settings_of(type(config)):
            if each.changeable:
                del saved[each.name]
        pairs = [(name, _plain(saved[name]), _plain(given.get(name))) for name in saved]
        settings = [f'{name} {old!r} against {new!r}' for name, old, new in pairs if old != new]
        robot = self.spec.difference(spec)
        return ', '.join(settings + ([robot] if robot else []))


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, and trust none of it.

    :raises ValueError: where anything of it is missing or damaged, naming the file
    """
    path, name = follow_latest(path), DESCRIPTION_FILE
    try:
        described = decode_description((path / name).read_bytes())
        if described['version'] != VERSION:
            raise ValueError(f'version {described["version"]}, this learner reads {VERSION}')
        contents = {}
        for name in (POLICY_FILE, TENSORS_FILE):
            contents[name] = (path / name).read_bytes()
            if zlib.crc32(contents[name]) != described['crc32'][name]:
                raise ValueError('checksum does not match')
        name = POLICY_FILE
        policy = decode_weights(contents[name])
        name = TENSORS_FILE
        tensors = load_tensors(contents[name])
        check_finite(tensors)
        name = DESCRIPTION_FILE
        snapshot = LearnerSnapshot(
            policy=policy,
            tensors=tensors,
            rate_limiter=RateLimiterState(**described['pace']),
            replay=ReplayState(**described['replay']),
            sessions=tuple(SessionState(**account) for account in described['sessions']),
            prior=_prior(described),
        )
        return Checkpoint(
            path,
            snapshot,
            described_robot(described),
            described['config'],
            str(described.get('algorithm', DEFAULT_ALGORITHM)),
        )
    except _DAMAGED as error:
        raise ValueError(f'{path.name}/{name}: {error}') from error


def newest_checkpoint(directory: Path, warn: Callable[[str], None]) -> Checkpoint | None:
    """Read the newest checkpoint of a run that is whole.

    :param warn: takes a line about each newer one that is not
    :return: None where there has never been one
    :raises ValueError: where there are some, and none is whole
    """
    reasons = []
    for path in reversed(list_checkpoints(directory)):
        try:
            return read_checkpoint(path)
        except ValueError as error:
            reasons.append(str(error))
            warn(f'checkpoint is damaged, the one before it is tried: {error}')
    if reasons:
        raise ValueError(
            f'checkpoint_dir {directory}: no checkpoint is whole ({"; ".join(reasons)}); restore'
            ' one from a copy, or move the directory away to train anew on the stored transitions'
        )
    return None


def _prior(described: dict[str, Any]) -> PriorState | None:
    state = described.get('prior')  # older ones know of none
    return PriorState(**state) if state else None


def _plain(value: Any) -> Any:
    """Make a setting what JSON makes of it."""
    return list(value) if isinstance(value, tuple) else value
