# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Observations are normalized by their own statistics, and a folded policy acts the same."""

import numpy as np
import pytest
from sac_core.policy import Policy
from sac_core.weights import decode_weights, encode_weights, PolicyArchitecture, PolicyWeights
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.batch import Batch
from sac_learner.config import SacConfig
from sac_learner.observation_normalizer import ObservationNormalizer
import torch

DIM = 5
SCALES = np.array([0.01, 0.3, 1.0, 8.0, 500.0])
CENTERS = np.array([1.0, -0.2, 0.0, 3.0, -90.0])


def _observations(count: int, seed: int = 0) -> np.ndarray:
    normal = np.random.default_rng(seed).normal(size=(count, DIM))
    return (normal * SCALES + CENTERS).astype(np.float32)


def _batch(observations: np.ndarray) -> Batch:
    count = len(observations)
    batch = Batch.empty(count, DIM, 2)
    batch.observations[:] = torch.from_numpy(observations)
    batch.next_observations[:] = torch.from_numpy(observations)
    return batch


@pytest.mark.parametrize('chunk', [1, 7, 300, 1000])
def test_statistics_do_not_depend_on_how_the_observations_arrive(chunk: int) -> None:
    observations = _observations(1000)
    normalizer = ObservationNormalizer(DIM)
    for start in range(0, 1000, chunk):
        normalizer.update(observations[start : start + chunk])
    batch = _batch(observations)
    normalizer.normalization.normalize(batch)
    for values in (batch.observations, batch.next_observations):
        assert values.mean(dim=0).numpy() == pytest.approx(np.zeros(DIM), abs=1e-3)
        assert values.std(dim=0).numpy() == pytest.approx(np.ones(DIM), abs=2e-3)


def test_before_any_observation_nothing_changes() -> None:
    observations = _observations(10)
    batch = _batch(observations)
    ObservationNormalizer(DIM).normalization.normalize(batch)
    assert np.array_equal(batch.observations.numpy(), observations)


def test_a_number_that_never_changed_does_not_explode() -> None:
    normalizer = ObservationNormalizer(DIM)
    normalizer.update(np.ones((100, DIM), np.float32))
    batch = _batch(np.full((1, DIM), 1.1, np.float32))
    normalizer.normalization.normalize(batch)
    assert batch.observations.abs().max() < 11


@pytest.mark.parametrize('layer_norm', [False, True])
@pytest.mark.parametrize('activation', ['relu', 'tanh'])
def test_folded_policy_acts_on_plain_observations_as_the_actor_on_normalized_ones(
    layer_norm: bool, activation: str
) -> None:
    config = SacConfig(hidden_dims=(32, 32), layer_norm_actor=layer_norm, activation=activation)
    step = SacStep(config, DIM, 2)
    normalizer = ObservationNormalizer(DIM)
    normalizer.update(_observations(1000))
    architecture = PolicyArchitecture(DIM, 2, (32, 32), activation, layer_norm, -5.0, 2.0)
    policy = Policy(
        PolicyWeights(architecture, normalizer.normalization.fold(step.policy_tensors()))
    )
    observations = _observations(50, seed=1)
    batch = _batch(observations)
    normalizer.normalization.normalize(batch)
    with torch.no_grad():
        wanted = torch.tanh(step.actor(batch.observations)[0]).numpy()
    actions = np.stack([policy.act(observation).copy() for observation in observations])
    assert actions == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize(
    ('offset', 'spread'),
    [(240.0, 1.0), (1e3, 1.0), (1e5, 1.0), (5e6, 1.0), (5e5, 0.05), (5e7, 100.0)],
)
def test_a_published_policy_acts_as_the_trained_one_however_far_from_zero(
    offset: float, spread: float
) -> None:
    normal = np.random.default_rng(0).normal(size=(2000, DIM))
    observations = (offset + spread * normal).astype(np.float32)
    observations[:, 0] = offset  # never moved yet
    step = SacStep(SacConfig(hidden_dims=(64, 64)), DIM, 2)
    with torch.no_grad():
        for weights in step.actor.parameters():
            weights.mul_(3.0)  # as large as trained
    normalizer = ObservationNormalizer(DIM)
    normalizer.update(observations)
    moved = observations[:200].copy()
    moved[::2, 0] += np.float32(8)
    architecture = PolicyArchitecture(DIM, 2, (64, 64), 'relu', False, -5.0, 2.0)
    tensors = normalizer.normalization.fold(step.policy_tensors())
    policy = Policy(decode_weights(encode_weights(PolicyWeights(architecture, tensors))))
    with torch.no_grad():
        batch = normalizer.normalization.apply(torch.from_numpy(moved))
        wanted = torch.tanh(step.actor(batch)[0]).numpy()
    still = np.zeros(2, np.float32)
    for noise in (None, still):
        actions = np.stack([policy.act(each, noise).copy() for each in moved])
        assert actions == pytest.approx(wanted, abs=1e-3)


def test_near_zero_the_first_layer_holds_the_normalization() -> None:
    normalizer = ObservationNormalizer(DIM)
    normalizer.update(_observations(1000))
    weights = SacStep(SacConfig(hidden_dims=(8,)), DIM, 2).policy_tensors()
    assert normalizer.normalization.fold(weights).keys() == weights.keys()


def test_goes_on_from_a_copied_state() -> None:
    first, second = ObservationNormalizer(DIM), ObservationNormalizer(DIM)
    first.update(_observations(100))
    second.load(first.state())
    for normalizer in (first, second):
        normalizer.update(_observations(100, seed=2))
    batches = [_batch(_observations(10)) for _ in range(2)]
    first.normalization.normalize(batches[0])
    second.normalization.normalize(batches[1])
    assert torch.equal(batches[0].observations, batches[1].observations)
