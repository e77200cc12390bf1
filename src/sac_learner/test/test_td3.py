# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""TD3 against numbers worked out by hand, and what it updates when."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sac_core.policy import Policy
from sac_core.policy_architecture import TANH_ADDITIVE_NOISE
from sac_core.weights import decode_weights, encode_weights, PolicyWeights
from sac_learner.algorithms.td3 import Td3, Td3Config
from sac_learner.batch import Batch
import torch
from torch import Tensor

CONFIG = Td3Config(hidden_dims=(16, 16), batch_size=8, utd_ratio=1)
TARGETS = ('target_actor', 'target_critics')


def make_batch(
    size: int, *, seed: int = 0, observation_dim: int = 3, action_dim: int = 2
) -> Batch:
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    return Batch(
        observations=normal(size, observation_dim),
        actions=torch.tanh(normal(size, action_dim)),
        rewards=normal(size),
        next_observations=normal(size, observation_dim),
        bootstrap=torch.ones(size),
    )


def make(config: Td3Config = CONFIG) -> Td3:
    return Td3(config, 3, 2)


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    """Networks that are not what they were."""
    names = [name for name in before if not torch.equal(before[name], after[name])]
    return {name.split('.')[0] for name in names} & set(Td3.networks)


def test_the_target_is_the_smaller_value_of_a_noisy_action() -> None:
    config = Td3Config(
        hidden_dims=(1,), layer_norm_critic=False, discount=0.5, target_noise=0.2, batch_size=4
    )
    algorithm = Td3(config, 1, 1)
    state = {name: torch.zeros_like(tensor) for name, tensor in algorithm.state_dict().items()}
    state['generator'] = algorithm.generator.get_state()
    state['target_actor.mean.bias'][:] = np.arctanh(0.6)
    # Critics of one unit, which is action + 1: that value, and twice that value less 1.5.
    state['target_critics.hidden.0.weight'][:, 1] = 1.0
    state['target_critics.hidden.0.bias'][:] = 1.0
    state['target_critics.value.weight'][:, 0, 0] = torch.tensor([1.0, 2.0])
    state['target_critics.value.bias'][:, 0] = torch.tensor([0.0, -1.5])
    algorithm.load_state_dict(state)
    batch = replace(
        make_batch(4, observation_dim=1, action_dim=1),
        rewards=torch.tensor([1.0, 2.0, 3.0, 4.0]),
        bootstrap=torch.tensor([1.0, 1.0, 0.0, 1.0]),
    )
    # Noise of 0, 0.2, 0.5 and -0.5 after the clip: actions 0.6, 0.8, 1.0 and 0.1.
    targets = algorithm.targets(batch, torch.tensor([[0.0], [1.0], [10.0], [-10.0]]))
    assert targets.tolist() == pytest.approx([1.8, 2.9, 3.0, 4.35])


def test_actor_and_targets_move_at_every_second_critic_update_only() -> None:
    algorithm = make()
    states = [algorithm.state_dict()]
    for seed in range(4):
        algorithm.update(make_batch(8, seed=seed))
        states.append(algorithm.state_dict())
    moved = [changed(before, after) for before, after in pairwise(states)]
    everything = set(Td3.networks)
    assert moved == [{'critics'}, everything, {'critics'}, everything]


def test_the_delay_counts_on_from_one_step_to_the_next() -> None:
    algorithm = make(replace(CONFIG, utd_ratio=3, policy_delay=2))
    for seed, updates in ((0, 1), (1, 3), (2, 4)):
        algorithm.update(make_batch(24, seed=seed))
        assert algorithm.actor_adam.updates == updates
        assert algorithm.critic_adam.updates == 3 * (seed + 1)


def test_targets_follow_by_the_share_tau() -> None:
    algorithm = make(replace(CONFIG, tau=0.25, policy_delay=1))
    before = algorithm.state_dict()
    algorithm.update(make_batch(8))
    after = algorithm.state_dict()
    for target in TARGETS:
        source = target.removeprefix('target_')
        for name in (name for name in after if name.startswith(f'{source}.')):
            expected = 0.75 * before[f'target_{name}'] + 0.25 * after[name]
            torch.testing.assert_close(after[f'target_{name}'], expected)


def test_critics_descend_the_residual_to_the_target() -> None:
    algorithm = make(replace(CONFIG, policy_delay=1000, critic_lr=1e-2))
    batch = replace(make_batch(8), bootstrap=torch.zeros(8))
    for _ in range(300):
        algorithm.update(batch)
    values = algorithm.critics.forward(batch.observations, batch.actions)
    assert (values - batch.rewards).abs().max() < 0.1


def test_the_actor_climbs_the_first_critic() -> None:
    algorithm = make(replace(CONFIG, policy_delay=1, critic_lr=1e-12, actor_lr=1e-2))
    batch = make_batch(8)

    def value() -> float:
        with torch.no_grad():
            actions = algorithm.actor.forward(batch.observations)
            return float(algorithm.critics.forward(batch.observations, actions)[0].mean())

    before = value()
    for _ in range(30):
        algorithm.update(batch)
    assert value() > before + 0.05
    assert algorithm.metrics()['actor_loss'] == pytest.approx(-value(), abs=0.1)


def test_the_published_policy_acts_and_explores_as_the_actor() -> None:
    algorithm = make(replace(CONFIG, exploration_noise=0.4))
    shape = algorithm.architecture
    assert (shape.head, shape.noise_std) == (TANH_ADDITIVE_NOISE, 0.4)
    weights = PolicyWeights(shape, algorithm.policy_tensors())
    policy = Policy(decode_weights(encode_weights(weights)))
    batch, noise = make_batch(50), torch.randn(50, 2, generator=torch.Generator().manual_seed(1))
    algorithm.actor.noise_std = 0.4
    with torch.no_grad():
        wanted = algorithm.actor.forward(batch.observations).numpy()
        explored = algorithm.actor.explore(batch.observations, 3 * noise).numpy()
    rows = batch.observations.numpy()
    actions = np.stack([policy.act(row).copy() for row in rows])
    noisy = np.stack(
        [policy.act(r, n).copy() for r, n in zip(rows, 3 * noise.numpy(), strict=True)]
    )
    np.testing.assert_allclose(actions, wanted, atol=1e-6)
    np.testing.assert_allclose(noisy, explored, atol=1e-6)
    assert np.abs(noisy).max() == 1.0  # cut off there
