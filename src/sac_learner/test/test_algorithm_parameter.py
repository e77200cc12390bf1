# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The node trains the algorithm that its parameter names, and refuses what that one lacks."""

from __future__ import annotations

from collections.abc import Callable
import math

import pytest
from sac_core.policy_architecture import TANH_ADDITIVE_NOISE
from sac_core.ros.policy_messages import PolicyReader
from sac_learner.learner_node import LearnerNode

from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


def test_another_algorithm_trains_and_publishes_its_policy(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    world.publish_robot()
    start(algorithm='td3', exploration_noise=0.25, weights_piece_size=1_000_000)
    world.until_ready()
    world.send(0, 40)
    world.until(lambda: world.status.learner_steps == 20)
    assert world.status.device.startswith('cpu')
    assert math.isfinite(world.status.critic_loss)
    assert math.isnan(world.status.temperature)
    policy = PolicyReader().read(world.weights[-1])
    assert policy is not None
    shape = policy.architecture
    assert (shape.head, shape.noise_std) == (TANH_ADDITIVE_NOISE, 0.25)


@pytest.mark.parametrize(
    ('parameters', 'message'),
    [
        ({'algorithm': 'td3', 'temperature_lr': 1e-2}, r"unknown parameters \['temperature_lr'\]"),
        ({'policy_delay': 3}, r"unknown parameters \['policy_delay'\]"),
        ({'algorithm': 'ppo'}, "algorithm must be one of sac, td3, or MODULE:Class, got 'ppo'"),
    ],
)
def test_what_the_algorithm_does_not_have_is_refused_by_name(
    start: Callable[..., LearnerNode], parameters: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        start(**parameters)
