# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""For tests of learners that come and go: a run directory, and what an actor sends them."""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
from pathlib import Path

import numpy as np
from sac_core.transitions import TransitionBatch
from sac_learner.algorithms.base import Algorithm
from sac_learner.algorithms.sac.gpu.captured_step import CapturedStep
from sac_learner.algorithms.sac.native.native_step import NativeStep
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.checkpoint import write_checkpoint
from sac_learner.config import LearnerSettings, SacConfig
from sac_learner.learner import Learner
from sac_learner.resuming import open_learner
import torch

from .fakes import make_batch, make_spec

CONFIG = SacConfig(hidden_dims=(8, 8), batch_size=4, utd_ratio=2, num_critics=3, warmup_steps=5)
SPEC = make_spec()


def reference(config: SacConfig = CONFIG) -> Algorithm:
    return SacStep(config, 3, 2)


def native(config: SacConfig = CONFIG) -> Algorithm:
    return NativeStep(config, 3, 2, threads=1)


def captured(config: SacConfig = CONFIG) -> Algorithm:
    return CapturedStep(config, 3, 2, replay_capacity=2000, device='cpu', compiled=False)


class Run:
    """A run directory, and the learners that come and go in it."""

    def __init__(self, directory: Path, make_step: Callable[..., Algorithm] = reference) -> None:
        self.directory = directory
        self.make_step = make_step
        self.settings = LearnerSettings(
            replay_dir=str(directory / 'replay'),
            checkpoint_dir=str(directory / 'checkpoints'),
            replay_capacity=2000,
            training_starts=20,
            lockstep=True,
        )
        self.warnings: list[str] = []
        self.resumed = ''

    def open(self, *, config: SacConfig = CONFIG, **settings: object) -> Learner:
        self.settings = dataclasses.replace(self.settings, **settings)  # type: ignore[arg-type]
        learner, self.resumed = open_learner(
            config, self.settings, SPEC, self.make_step(config), self.warnings.append
        )
        return learner

    @property
    def checkpoints(self) -> Path:
        return self.directory / 'checkpoints'

    def save(self, learner: Learner, config: SacConfig = CONFIG) -> Path:
        if not learner.policy_version:
            learner.new_policy()
        return write_checkpoint(self.checkpoints, learner.snapshot(), config, SPEC)


def kill(learner: Learner) -> None:
    """Let go of the files as the end of the process would, without another word to them."""
    learner.storage.close()


def batch_number(n: int, *, rows: int = 7) -> TransitionBatch:
    """The n-th batch that an actor sends: random rows, the same each time."""
    batch = make_batch(n * rows, rows)
    random_rows = np.random.default_rng(n)
    for name in ('observations', 'next_observations', 'actions', 'rewards'):
        array = getattr(batch.rows, name)
        array[:] = random_rows.uniform(-1, 1, array.shape)
    batch.rows.terminated[:] = random_rows.random(rows) < 0.1
    return batch


def train_all(learner: Learner) -> None:
    while learner.train():
        pass


def state(learner: Learner) -> dict[str, torch.Tensor]:
    """Everything on which the rest of a run depends."""
    if not learner.policy_version:
        learner.new_policy()
    snapshot = learner.snapshot()
    numbers = torch.tensor([len(learner.replay), *vars(snapshot.rate_limiter).values()])
    draws = torch.tensor(list(str(snapshot.replay).encode()))
    return snapshot.tensors | {'numbers': numbers, 'draws': draws}


def assert_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


def undisturbed(directory: Path, make_step: Callable[..., Algorithm], batches: int) -> Learner:
    learner = Run(directory, make_step).open()
    learner.new_policy()
    for n in range(batches):
        learner.store(batch_number(n))
        train_all(learner)
    return learner
