# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A model learns how a robot moves, and what it imagines is what the robot would have done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from sac_core.policy_architecture import PolicyArchitecture
from sac_learner.algorithms.base import Algorithm, PolicyTensors
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.batch import Batch
from sac_learner.config import SacConfig
from sac_learner.learner import Learner
from sac_learner.model.rollouts import ModelRollouts
from sac_learner.observation_normalizer import Normalization
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_storage import ReplayStorage
import torch

from .resumed_run import (
    assert_same,
    batch_number,
    captured,
    kill,
    native,
    reference,
    Run,
    state,
    train_all,
)

pytestmark = pytest.mark.timeout(120)

CONFIG = SacConfig(
    hidden_dims=(16,),
    batch_size=64,
    utd_ratio=2,
    model_share=0.5,
    model_members=3,
    model_hidden_dims=(32, 32),
)
ARCHITECTURE = PolicyArchitecture(2, 1, CONFIG.hidden_dims, 'relu', False)
WALL = 1.0  # where the robot falls


def moved(observations: np.ndarray, actions: np.ndarray) -> tuple[np.ndarray, ...]:
    """A cart with friction: position and speed; reward is its speed."""
    position, speed = observations.T
    speed = 0.9 * speed + 0.2 * actions[:, 0]
    position = position + 0.1 * speed
    return np.stack([position, speed], 1), speed


def at_the_wall(position: np.ndarray) -> np.ndarray:
    return position > WALL


def at_a_goal(position: np.ndarray) -> np.ndarray:
    """Within the range that the cart goes through: no limit."""
    return abs(position) < 0.5


def filled(
    count: int = 2000, ends: Callable[[np.ndarray], np.ndarray] = at_the_wall
) -> ReplayBuffer:
    random = np.random.default_rng(0)
    observations = random.uniform(-1.5, 1.5, (count, 2)).astype(np.float32)
    actions = random.uniform(-1, 1, (count, 1)).astype(np.float32)
    reached, rewards = moved(observations, actions)
    replay = ReplayBuffer(ReplayStorage.in_memory(count, 2, 1), seed=0)
    replay.add_batch(
        observations=observations,
        actions=actions,
        rewards=rewards.astype(np.float32),
        next_observations=reached.astype(np.float32),
        terminated=ends(reached[:, 0]),
        truncated=np.zeros(count),
    )
    return replay


def policy(action: float) -> PolicyTensors:
    """One that always takes (nearly) the same action, whatever it sees."""
    tensors = SacStep(CONFIG, 2, 1).actor.state_dict()
    given = {name: np.zeros_like(tensor.numpy()) for name, tensor in tensors.items()}
    given['mean.bias'][:] = np.arctanh(action)
    given['log_std.bias'][:] = -5.0
    return given


PLAIN = Normalization.none(2)


class Case:
    def __init__(
        self,
        config: SacConfig = CONFIG,
        ends: Callable[[np.ndarray], np.ndarray] = at_the_wall,
    ) -> None:
        self.config = config
        self.replay = filled(ends=ends)
        stored = self.replay.storage.rows['observations']
        self.starts = {tuple(observation) for observation in stored.tolist()}
        self.rollouts = ModelRollouts(config, self.replay, ARCHITECTURE)
        while not self.rollouts.is_ready:
            self.rollouts.fit(PLAIN)

    def imagine(self, action: float = 0.5) -> tuple[Batch, Batch]:
        """Give a batch before and after."""
        batch = self.replay.sample(self.config.step_batch_size)
        before = Batch(*(getattr(batch, field.name).clone() for field in fields(Batch)))
        self.rollouts.work(policy(action), PLAIN, updates=self.config.utd_ratio)
        self.rollouts.insert_into(batch)
        return before, batch


@pytest.fixture(scope='module')
def case() -> Case:
    return Case()


def imagined(batch: Batch) -> Batch:
    places = torch.arange(len(batch)).reshape(-1, 64)[:, :32].flatten()
    return Batch(*(getattr(batch, field.name)[places] for field in fields(Batch)))


def test_the_share_of_each_critic_update_is_imagined_and_the_rest_is_as_it_was(
    case: Case,
) -> None:
    before, after = case.imagine()
    changed = (before.next_observations != after.next_observations).any(1).reshape(2, 64)
    assert changed.tolist() == [[True] * 32 + [False] * 32] * 2
    real = ~changed.flatten()
    for field in fields(Batch):
        assert torch.equal(getattr(before, field.name)[real], getattr(after, field.name)[real])


def test_a_model_that_has_learned_little_is_not_asked() -> None:
    replay = filled()
    rollouts = ModelRollouts(CONFIG, replay, ARCHITECTURE)
    rollouts.work(policy(0.5), PLAIN, updates=2)
    batch = replay.sample(CONFIG.step_batch_size)
    before = batch.next_observations.clone()
    rollouts.insert_into(batch)
    assert not rollouts.is_ready
    assert torch.equal(batch.next_observations, before)


def test_a_share_below_one_transition_imagines_nothing() -> None:
    before, after = Case(replace(CONFIG, model_share=0.001)).imagine()
    assert torch.equal(before.next_observations, after.next_observations)


def test_more_members_than_transitions_are_no_problem() -> None:
    before, after = Case(replace(CONFIG, model_share=1 / 64, model_members=7)).imagine()
    changed = (before.next_observations != after.next_observations).any(1)
    assert changed.nonzero().flatten().tolist() == [0, 64]


@pytest.mark.parametrize('action', [-0.8, 0.5])
def test_it_begins_where_the_robot_was_and_acts_by_the_policy_of_now(
    case: Case, action: float
) -> None:
    after = imagined(case.imagine(action)[1])
    assert {tuple(o) for o in after.observations.tolist()} <= case.starts
    assert after.actions.numpy() == pytest.approx(action, abs=0.03)


def test_what_is_imagined_is_what_the_robot_would_do(case: Case) -> None:
    after = imagined(case.imagine()[1])
    reached, rewards = moved(after.observations.numpy(), after.actions.numpy())
    assert after.next_observations.numpy() == pytest.approx(reached, abs=0.05)
    assert after.rewards.numpy() == pytest.approx(rewards, abs=0.05)


def test_an_imagined_episode_ends_just_where_the_robots_did(case: Case) -> None:
    after = imagined(case.imagine()[1])
    really = moved(after.observations.numpy(), after.actions.numpy())[0][:, 0]
    # Between the last position from which the cart went on and the wall nothing was seen.
    for position, near in ((after.next_observations.numpy()[:, 0], 0.01), (really, 0.1)):
        clear = abs(position - WALL) > near
        assert (after.bootstrap.numpy() == 1 - at_the_wall(position))[clear].all()
    assert 0 < after.bootstrap.mean() < 1


def test_an_end_that_is_no_limit_is_foreseen_by_the_networks() -> None:
    after = imagined(Case(ends=at_a_goal).imagine()[1])
    position = moved(after.observations.numpy(), after.actions.numpy())[0][:, 0]
    clear = abs(abs(position) - 0.5) > 0.2
    assert (after.bootstrap.numpy() == 1 - at_a_goal(position))[clear].all()
    assert 0 < after.bootstrap.mean() < 1


def test_from_imagined_states_it_goes_on_to_the_horizon_and_not_beyond_a_fall() -> None:
    case = Case(replace(CONFIG, model_horizon=4))
    earlier: dict[tuple[float, ...], int] = {}  # of each imagined state: steps from a real one
    seen = set()
    for _ in range(40):
        after = imagined(case.imagine()[1])
        ended = after.bootstrap.numpy() == 0
        for start, reached, fell in zip(
            after.observations.tolist(), after.next_observations.tolist(), ended, strict=True
        ):
            age = 0 if tuple(start) in case.starts else earlier[tuple(start)]
            seen.add(age)
            if not fell:
                earlier[tuple(reached)] = age + 1
    assert seen == {0, 1, 2, 3}


def test_it_never_leaves_the_range_that_was_seen() -> None:
    case = Case(replace(CONFIG, model_horizon=1000))
    reached = case.replay.storage.rows['next_observations']
    for _ in range(100):
        after = imagined(case.imagine(0.99)[1])
    assert (after.next_observations.numpy() <= reached.max(0)).all()
    assert (after.next_observations.numpy() >= reached.min(0)).all()


def test_from_a_copied_state_it_imagines_the_same() -> None:
    one = Case(replace(CONFIG, model_horizon=3))
    one.imagine()
    other = ModelRollouts(one.config, one.replay, ARCHITECTURE)
    other.load(one.rollouts.state())
    batches = []
    for each in (one.rollouts, other):
        batch = Batch.empty(128, 2, 1)
        each.insert_into(batch)
        batches.append(imagined(batch))
        each.work(policy(0.5), PLAIN, updates=2)
    assert torch.equal(batches[0].next_observations, batches[1].next_observations)
    assert_same(one.rollouts.state(), other.state())


def test_a_state_from_before_there_were_limits_learns_them_anew() -> None:
    one = Case()
    other = ModelRollouts(one.config, one.replay, ARCHITECTURE)
    state = one.rollouts.state()
    new = {name for name in state if name == 'noted' or name.startswith('limits.')}
    assert len(new) == 4
    other.load({name: tensor for name, tensor in state.items() if name not in new})
    for each in (one.rollouts, other):
        each.work(policy(0.5), PLAIN, updates=2)
    assert_same(one.rollouts.state(), other.state())


@pytest.mark.parametrize(('updates', 'at_once'), [(1, True), (2, True), (3, False)])
def test_with_another_ratio_it_goes_on_with_as_many_as_that_needs(
    updates: int, at_once: bool
) -> None:
    case = Case()
    case.imagine()
    for changes in (at_once, True):
        batch = case.replay.sample(updates * 64)
        before = batch.next_observations.clone()
        case.rollouts.insert_into(batch)
        changed = (batch.next_observations != before).any(1).reshape(updates, 64)
        assert changed.tolist() == [[changes] * 32 + [False] * 32] * updates
        case.rollouts.work(policy(0.5), PLAIN, updates=updates)


def test_the_state_of_another_model_is_refused_by_name(case: Case) -> None:
    other = ModelRollouts(replace(CONFIG, model_members=2), case.replay, ARCHITECTURE)
    with pytest.raises(ValueError, match=r'model\.weights\.0\.weight .* \(2, 3, 32\).*\(3, 3, 32'):
        other.load(case.rollouts.state())


@pytest.mark.parametrize('make_step', [reference, native, captured])
def test_a_learner_with_a_model_goes_on_bit_for_bit(
    tmp_path: Path, make_step: Callable[..., Algorithm]
) -> None:
    config = replace(
        CONFIG, hidden_dims=(8, 8), batch_size=4, model_horizon=3, model_hidden_dims=(8,)
    )

    def trained(name: str, *, interrupted: bool) -> Learner:
        run = Run(tmp_path / name, make_step)
        learner = run.open(config=config)
        learner.new_policy()
        for number in range(14):
            learner.store(batch_number(number))
            train_all(learner)
            if interrupted and number == 10:
                run.save(learner, config)
            if interrupted and number == 12:
                kill(learner)
                learner = run.open(config=config)
                train_all(learner)
        return learner

    assert_same(
        state(trained('one', interrupted=True)), state(trained('other', interrupted=False))
    )
