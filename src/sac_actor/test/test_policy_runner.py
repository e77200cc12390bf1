# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which action is chosen: at random, by the newest policy, or its mean."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from sac_actor.policy_runner import PolicyRunner
from sac_core.arrays import FloatArray
from sac_core.policy import Policy

from .fakes import make_spec, make_weights

pytestmark = pytest.mark.timeout(20)
OBSERVATION = np.array([0.1, -0.2, 0.3], np.float32)


def make_runner(
    *, random_steps: int = 0, deterministic: bool = False, seed: int = 0
) -> PolicyRunner:
    return PolicyRunner(
        make_spec(), random_steps=random_steps, deterministic=deterministic, seed=seed
    )


def choose(runner: PolicyRunner, count: int) -> tuple[FloatArray, list[int]]:
    """Copy that many actions, and the versions that chose them."""
    actions, versions = [], []
    for _ in range(count):
        action, version = runner.act(OBSERVATION)
        actions.append(action.copy())
        versions.append(version)
    return np.array(actions), versions


def test_without_a_policy_there_is_no_action() -> None:
    runner = make_runner(random_steps=10)
    assert runner.version == 0
    with pytest.raises(RuntimeError, match='no policy'):
        runner.act(OBSERVATION)


def test_the_first_steps_are_uniform_and_have_version_zero() -> None:
    runner = make_runner(random_steps=2000)
    runner.swap(make_weights(version=1))
    actions, versions = choose(runner, 2000)
    assert set(versions) == {0}
    assert np.abs(actions).max() <= 1.0
    assert actions.mean() == pytest.approx(0.0, abs=0.05)
    assert actions.std() == pytest.approx(1 / np.sqrt(3), abs=0.02)  # of U(-1, 1)


def test_after_the_random_steps_the_policy_acts() -> None:
    runner = make_runner(random_steps=5)
    runner.swap(make_weights(version=3))
    assert choose(runner, 8)[1] == [0] * 5 + [3] * 3


def test_a_trained_policy_ends_the_random_steps() -> None:
    runner = make_runner(random_steps=100)
    runner.swap(make_weights(version=1))
    assert choose(runner, 2)[1] == [0, 0]
    runner.swap(make_weights(version=2, learner_steps=1))
    assert choose(runner, 2)[1] == [2, 2]


def test_deterministic_takes_the_mean_action_and_no_random_steps() -> None:
    runner = make_runner(random_steps=100, deterministic=True)
    weights = make_weights(version=4)
    runner.swap(weights)
    actions, versions = choose(runner, 3)
    assert versions == [4] * 3
    assert (actions == Policy(weights).act(OBSERVATION)).all()


def test_exploration_is_drawn_anew_each_step_and_repeats_with_the_seed() -> None:
    actions = []
    for seed in (0, 0, 1):
        runner = make_runner(seed=seed)
        runner.swap(make_weights())
        actions.append(choose(runner, 5)[0])
    assert (actions[0] == actions[1]).all()
    assert (actions[0] != actions[2]).any()
    assert len(np.unique(actions[0], axis=0)) == 5


@pytest.mark.parametrize('dims', [{'observation_dim': 4}, {'action_dim': 3}])
def test_a_policy_for_another_robot_is_refused_and_the_old_one_stays(dims: dict[str, int]) -> None:
    runner = make_runner()
    runner.swap(make_weights(version=1))
    (name, size) = next(iter(dims.items()))
    with pytest.raises(ValueError, match=f'{name} {size}'):
        runner.swap(make_weights(version=2, **dims))
    assert runner.version == 1
    assert choose(runner, 1)[1] == [1]


def test_a_swap_in_the_middle_of_acting_never_mixes_two_policies() -> None:
    runner = make_runner(deterministic=True)
    policies = [make_weights(version=version, seed=version) for version in (1, 2)]
    means = {weights.version: Policy(weights).act(OBSERVATION).copy() for weights in policies}
    runner.swap(policies[0])
    done = threading.Event()

    def swap() -> None:
        for _ in range(200):
            for weights in policies:
                runner.swap(weights)
        done.set()

    swapper = threading.Thread(target=swap)
    swapper.start()
    while not done.is_set():
        action, version = runner.act(OBSERVATION)
        assert (action == means[version]).all()
    swapper.join()
