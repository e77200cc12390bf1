# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever the actor counts or measures can be read on /diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import pytest
from sac_actor.actor_node import ActorNode
from sac_actor.actor_stats import ActorStats

from .fakes import make_weights
from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]
PARTS = ('control loop', 'policy', 'transitions', 'safety', 'inputs', 'outputs')


def test_every_figure_is_shown(world: World, start: Callable[..., ActorNode]) -> None:
    parts = [world.diagnose(f'actor: {part}') for part in PARTS]
    start()
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: all(part() for part in parts))
    world.until(lambda: int(parts[0]()['env_steps']) > 5)
    shown = {key: value for part in parts for key, value in part().items()}
    stats = {field.name for field in fields(ActorStats)} - {'metrics'}
    assert stats | {'blocked_actions'} <= set(shown)
    topics = ('observation', 'env_spec', 'policy_weights', 'transition_ack', 'intervention')
    assert {f'refused_{topic}' for topic in topics} <= set(shown)
    assert float(shown['latency_mean']) > 0
    assert shown['commands_left_out'].isdecimal()


def test_an_observation_out_of_turn_is_counted(
    world: World, start: Callable[..., ActorNode]
) -> None:
    loop = world.diagnose('actor: control loop')
    start()
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.robot.executed)
    older = world.robot.newest
    steps = len(world.robot.executed)
    world.until(lambda: len(world.robot.executed) > steps + 2)
    world.observations.publish(world.to_message(older))
    world.until(lambda: int(loop().get('unexpected_observations', 0)) >= 1)
