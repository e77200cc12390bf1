# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner without ROS: what it stores, when it trains, what it hands out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sac_core.policy import Policy
from sac_core.weights import decode_weights, encode_weights
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.config import check_settings, LearnerSettings, SacConfig
from sac_learner.learner import Learner
import torch

from .fakes import CONFIG, CountingStep, make_batch, make_learner, make_spec

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize(
    ('config', 'settings', 'message'),
    [
        ({'batch_size': 11}, {'replay_capacity': 10, 'training_starts': 5}, 'batch_size .* 11'),
        ({}, {'replay_capacity': 299}, 'training_starts .* 300'),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    config: dict[str, int], settings: dict[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_settings(SacConfig(**{'batch_size': 8, **config}), LearnerSettings(**settings))


def test_rows_are_stored_once() -> None:
    learner = make_learner(LearnerSettings())
    assert learner.store(make_batch(0, 30)) == 30
    assert learner.store(make_batch(0, 30)) == 0
    assert learner.store(make_batch(20, 30)) == 20
    assert (learner.env_steps, len(learner.replay), learner.sequences.duplicates) == (50, 50, 40)


def test_one_step_is_owed_for_each_row_beyond_the_start() -> None:
    learner = make_learner(LearnerSettings(training_starts=40, lockstep=True))
    learner.store(make_batch(0, 40))
    assert not learner.train()
    learner.store(make_batch(40, 7))
    assert sum(learner.train() for _ in range(100)) == 7
    assert (learner.algorithm.steps, learner.critic_updates) == (7, 14)
    assert learner.rate_limiter.measured_utd() == CONFIG.utd_ratio


def test_duplicates_owe_nothing() -> None:
    learner = make_learner(LearnerSettings(training_starts=10))
    learner.store(make_batch(0, 12))
    learner.store(make_batch(0, 12))
    assert learner.rate_limiter.backlog() == 2


def test_policies_are_counted_and_say_what_is_behind_them() -> None:
    learner = make_learner(LearnerSettings(training_starts=1))
    first = learner.new_policy()
    learner.store(make_batch(0, 3))
    while learner.train():
        pass
    second = learner.new_policy()
    assert (first.version, first.learner_steps, first.env_steps) == (1, 0, 0)
    assert (second.version, second.learner_steps, second.env_steps) == (2, 2, 3)
    assert second.env_id == 'Fake-v0'


def test_a_policy_does_not_change_when_training_goes_on() -> None:
    learner = make_learner(LearnerSettings(training_starts=1), _real_step())
    policy = learner.new_policy()
    before = {name: tensor.copy() for name, tensor in policy.tensors.items()}
    learner.store(make_batch(0, 5))
    assert learner.train()
    assert all((policy.tensors[name] == tensor).all() for name, tensor in before.items())
    after = learner.new_policy().tensors
    assert any((after[name] != tensor).any() for name, tensor in before.items())


def test_a_snapshot_does_not_change_when_training_goes_on() -> None:
    learner = make_learner(LearnerSettings(training_starts=1), _real_step())
    learner.new_policy()
    snapshot = learner.snapshot()
    before = {name: tensor.clone() for name, tensor in snapshot.tensors.items()}
    learner.store(make_batch(0, 5))
    assert learner.train()
    assert all(torch.equal(snapshot.tensors[name], tensor) for name, tensor in before.items())
    assert (snapshot.rate_limiter.steps, snapshot.replay.total_added) == (0, 0)


def test_figures_are_not_a_number_before_the_first_step_and_then_true() -> None:
    learner = make_learner(LearnerSettings(training_starts=1), _real_step())
    before = learner.stats(steps_per_second=0.0)
    assert before.metrics == {'temperature': CONFIG.init_temperature}
    learner.store(make_batch(0, 5))
    learner.store(make_batch(0, 5))
    learner.train()
    after = learner.stats(steps_per_second=12.5)
    for name in ('critic_loss', 'actor_loss', 'temperature_loss', 'entropy', 'q_mean'):
        assert math.isfinite(after.metrics[name]), name
    assert (after.env_steps, after.learner_steps, after.critic_updates) == (5, 1, 2)
    assert (after.transitions_received, after.duplicates, after.steps_owed) == (10, 5, 3.0)
    assert after.steps_per_second == 12.5
    # A numpy number would arrive as zero in a message.
    values = vars(after) | after.metrics
    assert all(type(values[name]) in (int, float) for name in values if name != 'metrics')


def test_whatever_the_step_measures_is_handed_on_by_name() -> None:
    class Measuring(CountingStep):
        def metrics(self) -> dict[str, float]:
            return {'td_error': 0.25}

    learner = make_learner(LearnerSettings(training_starts=1), Measuring())
    learner.store(make_batch(0, 5))
    assert learner.train()
    assert learner.stats(steps_per_second=0.0).metrics['td_error'] == 0.25


def _real_step() -> CountingStep:
    return SacStep(CONFIG, 3, 2)  # type: ignore[return-value]


@pytest.mark.parametrize('activation', ['relu', 'tanh'])
@pytest.mark.parametrize('layer_norm', [False, True])
@pytest.mark.parametrize('hidden_dims', [(256, 256), (64,), (33, 7, 20)])
def test_the_policy_acts_in_numpy_as_in_torch(
    activation: str, layer_norm: bool, hidden_dims: tuple[int, ...]
) -> None:
    config = SacConfig(
        hidden_dims=hidden_dims, activation=activation, layer_norm_actor=layer_norm, seed=3
    )
    spec = make_spec(observation_dim=17, action_dim=6)
    step = SacStep(config, 17, 6)
    random = torch.Generator().manual_seed(5)
    with torch.no_grad():  # as after training: larger weights, gains and offsets of their own
        for weights in step.actor.parameters():
            weights += 0.3 * weights.std(correction=0) * torch.randn(
                weights.shape, generator=random
            ) + 0.05 * torch.randn(weights.shape, generator=random)
    learner = Learner(config, LearnerSettings(), spec, step)
    policy = Policy(decode_weights(encode_weights(learner.new_policy())))

    # Ordinary observations, and some far outside of what is ordinary.
    observations = torch.randn(200, 17, generator=random)
    observations[150:] *= 30
    noise = torch.randn(200, 6, generator=random)
    with torch.no_grad():
        mean, _ = step.actor.forward(observations)
        wanted_mean = torch.tanh(mean).numpy()
        wanted_sample = step.actor.sample(observations, noise)[0].numpy()
    for row in range(200):
        observation = observations[row].numpy()
        assert np.abs(policy.act(observation) - wanted_mean[row]).max() <= 1e-5
        sampled = policy.act(observation, noise[row].numpy())
        assert np.abs(sampled - wanted_sample[row]).max() <= 1e-5
