# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Each critic update gets its share of prior data, and a run with some goes on bit for bit."""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from sac_learner.algorithms.base import Algorithm
from sac_learner.algorithms.sac.gpu.captured_step import CapturedStep
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.batch import Batch
from sac_learner.checkpoint import write_checkpoint
from sac_learner.checkpoint_loading import newest_checkpoint
from sac_learner.config import check_settings, LearnerSettings, SacConfig
from sac_learner.learner import Learner
from sac_learner.prior.mixing import MixedReplay, Prior
from sac_learner.prior.prior_data import PriorData
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_storage import ReplayStorage
from sac_learner.resuming import open_learner
import torch

from .fakes import make_spec
from .prior import make_prior, REWARD
from .resumed_run import assert_same, batch_number, captured, CONFIG, native, reference, state

STEPS: list[Callable[..., Algorithm]] = [reference, native, captured]


def make_mixed(share: float, *, batch_size: int = 8, seed: int = 0) -> MixedReplay:
    config = SacConfig(batch_size=batch_size, utd_ratio=3, prior_share=share, seed=seed)
    replay = ReplayBuffer(ReplayStorage.in_memory(100, 3, 2), seed=seed)
    numbers = np.arange(40, dtype=np.float32)
    replay.add_batch(
        observations=np.repeat(numbers[:, None], 3, 1),
        actions=np.zeros((40, 2), np.float32),
        rewards=numbers,
        next_observations=np.repeat(numbers[:, None], 3, 1) + 0.5,
        terminated=numbers % 2,
        truncated=np.zeros(40),
    )
    return MixedReplay(config, replay, Prior(make_prior(), config))


def from_prior(batch: Batch) -> np.ndarray:
    """For each critic update, which rows are prior data."""
    return (batch.rewards.numpy() >= REWARD).reshape(3, -1)


@pytest.mark.parametrize(('share', 'rows'), [(0.0, 0), (0.1, 1), (0.5, 4), (0.75, 6), (1.0, 8)])
def test_each_critic_update_gets_exactly_its_share(share: float, rows: int) -> None:
    mixed = make_mixed(share)
    for _ in range(5):
        assert from_prior(mixed.sample(prior_only=False)).sum(axis=1).tolist() == [rows] * 3


def test_all_of_a_row_comes_from_the_same_transition() -> None:
    batch = make_mixed(0.5).sample(prior_only=False)
    own = ~from_prior(batch).reshape(-1)
    rewards = batch.rewards.numpy()
    assert np.array_equal(batch.observations.numpy()[own, 0], rewards[own])
    assert np.array_equal(batch.next_observations.numpy()[own, 2], rewards[own] + 0.5)
    assert np.array_equal(batch.bootstrap.numpy()[own], 1 - rewards[own] % 2)
    prior = make_prior().rows[(rewards[~own] - REWARD).astype(int)]
    for name in ('observations', 'actions', 'next_observations'):
        assert np.array_equal(getattr(batch, name).numpy()[~own], prior[name]), name


def test_offline_every_row_is_prior_data_and_all_of_it_comes() -> None:
    mixed, seen = make_mixed(0.5), set[float]()
    for _ in range(30):
        batch = mixed.sample(prior_only=True)
        assert from_prior(batch).all()
        seen |= set(batch.rewards.tolist())
    assert len(seen) == 50


def test_draws_follow_from_the_seed() -> None:
    first, same, other = make_mixed(0.5), make_mixed(0.5), make_mixed(0.5, seed=1)
    for _ in range(3):
        rewards = first.sample(prior_only=False).rewards
        assert torch.equal(rewards, same.sample(prior_only=False).rewards)
        assert not torch.equal(rewards, other.sample(prior_only=False).rewards)


class PriorRun:
    """A run directory whose learners have prior data."""

    def __init__(self, directory: Path, make_step: Callable[..., Algorithm]) -> None:
        self.make_step = make_step
        self.settings = LearnerSettings(
            replay_dir=str(directory / 'replay'),
            checkpoint_dir=str(directory / 'checkpoints'),
            replay_capacity=2000,
            training_starts=20,
            lockstep=True,
            prior_data=('somewhere',),
            offline_steps=6,
        )

    def open(self, prior: PriorData | None, config: SacConfig = CONFIG) -> Learner:
        step, warn = self.make_step(config), pytest.fail
        return open_learner(config, self.settings, make_spec(), step, warn, prior)[0]

    def save(self, learner: Learner) -> None:
        directory = Path(self.settings.checkpoint_dir)
        write_checkpoint(directory, learner.snapshot(), CONFIG, make_spec())


def train(learner: Learner, *, batches: range) -> None:
    while learner.offline_left:
        learner.train_offline()
    for n in batches:
        learner.store(batch_number(n))
        while learner.train():
            pass


@pytest.mark.parametrize('make_step', STEPS)
@pytest.mark.parametrize('saved_after', [3, None])
def test_a_killed_learner_goes_on_with_its_prior_data_bit_for_bit(
    tmp_path: Path, make_step: Callable[..., Algorithm], saved_after: int | None
) -> None:
    undisturbed = PriorRun(tmp_path / 'one', make_step).open(make_prior())
    train(undisturbed, batches=range(8))

    run = PriorRun(tmp_path / 'two', make_step)
    learner = run.open(make_prior())
    if saved_after is not None:  # in the middle of the steps from prior data alone
        for _ in range(saved_after):
            learner.train_offline()
        run.save(learner)
    else:
        train(learner, batches=range(5))
        run.save(learner)
    learner.storage.close()
    learner = run.open(make_prior())
    assert learner.offline_left == (3 if saved_after else 0)
    train(learner, batches=range(5 if saved_after is None else 0, 8))
    assert learner.algorithm.steps == undisturbed.algorithm.steps
    assert_same(state(learner), state(undisturbed))


@pytest.mark.parametrize('make_step', [native, captured])
def test_every_kind_of_step_learns_from_the_same_shares(
    make_step: Callable[..., Algorithm], tmp_path: Path
) -> None:
    learner = PriorRun(tmp_path, make_step).open(make_prior())
    before = learner.algorithm.policy_tensors()
    train(learner, batches=range(4))
    after = learner.algorithm.policy_tensors()
    assert learner.algorithm.steps == 6 + 4 * 7 - 20
    assert any(not np.array_equal(before[name], after[name]) for name in before)
    assert all(np.isfinite(values).all() for values in after.values())


def test_a_device_draws_each_critic_updates_share_itself() -> None:
    config = dataclasses.replace(CONFIG, prior_share=0.5, normalize_observations=False)
    step = CapturedStep(config, 3, 2, replay_capacity=100, device='cpu', compiled=False)
    learner = Learner(
        config,
        LearnerSettings(replay_capacity=100, training_starts=20),
        make_spec(),
        step,
        None,
        make_prior(),
    )
    learner.store(batch_number(0, rows=40))
    for prior_only, wanted in ((True, [4, 4]), (False, [2, 2]), (True, [4, 4])):
        step.step_drawn(prior_only=prior_only)
        rewards = step.last_drawn()[0].rewards.numpy().reshape(2, 4)
        assert (rewards >= REWARD).sum(axis=1).tolist() == wanted


def test_prior_data_counts_for_the_normalization() -> None:
    rows = make_prior().rows
    learner = Learner(
        CONFIG, LearnerSettings(), make_spec(), SacStep(CONFIG, 3, 2), None, make_prior()
    )
    mean = learner.snapshot().tensors['normalizer.mean'].numpy()
    assert np.allclose(mean, rows['observations'].mean(axis=0, dtype=np.float64))


def test_prior_data_of_another_robot_is_refused_naming_the_fields() -> None:
    prior = make_prior(spec=make_spec(action_dim=3))
    with pytest.raises(ValueError, match='prior_data is of another robot: action_dim 3 against 2'):
        Learner(CONFIG, LearnerSettings(), make_spec(), SacStep(CONFIG, 3, 2), None, prior)


def test_a_run_goes_on_only_with_the_prior_data_that_it_began_with(tmp_path: Path) -> None:
    run = PriorRun(tmp_path, reference)
    learner = run.open(make_prior())
    learner.train_offline()
    run.save(learner)
    learner.storage.close()
    with pytest.raises(ValueError, match='prior_data is not what this run began with'):
        run.open(make_prior(seed=1))
    with pytest.raises(ValueError, match='prior_data is missing'):
        run.open(None)


def test_a_run_may_get_prior_data_later(tmp_path: Path) -> None:
    run = PriorRun(tmp_path, reference)
    learner = run.open(None)
    train(learner, batches=range(4))
    run.save(learner)
    learner.storage.close()
    learner = run.open(make_prior())
    assert learner.offline_left == 6
    train(learner, batches=range(4, 5))
    assert newest_checkpoint(tmp_path / 'checkpoints', pytest.fail) is not None
    assert learner.snapshot().prior is not None


def test_offline_steps_without_prior_data_are_refused() -> None:
    with pytest.raises(ValueError, match='offline_steps needs prior_data, got 5 steps'):
        check_settings(SacConfig(), LearnerSettings(offline_steps=5))


@pytest.mark.parametrize('make_step', [native, captured])
def test_another_ratio_keeps_the_share(
    tmp_path: Path, make_step: Callable[..., Algorithm]
) -> None:
    learner = PriorRun(tmp_path, make_step).open(make_prior())
    train(learner, batches=range(4))
    learner.change_ratio(3, make_step)
    train(learner, batches=range(4, 6))
    assert learner.algorithm.steps == 6 + 6 * 7 - 20
    assert all(np.isfinite(each).all() for each in learner.algorithm.policy_tensors().values())
