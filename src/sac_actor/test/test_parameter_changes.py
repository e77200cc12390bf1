# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The real actor's parameters, changed through its services while it drives a robot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sac_actor.actor_node import ActorNode
from sac_core.ros.testing import NodeProcess

from .fakes import make_spec, make_weights
from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


@pytest.fixture
def drive(world: World, start: Callable[..., ActorNode]) -> Callable[..., ActorNode]:
    """Start an actor and wait until it drives its robot."""

    def run(**parameters: Any) -> ActorNode:
        node = start(**parameters)
        world.publish_robot()
        world.publish_weights(make_weights())
        steps = world.status.env_steps
        world.until(lambda: world.status.env_steps > steps)
        return node

    return run


def change(world: World, name: str, value: Any) -> str:
    """Return why it was refused; empty where it was not."""
    return str(world.spinner.set_parameter('/actor', name, value).reason)


def largest(world: World) -> float:
    """Largest number, in [0, 1], of thirty commands after those that were under way."""
    world.commands.clear()
    world.until(lambda: len(world.commands) > 5)
    world.commands.clear()
    world.until(lambda: len(world.commands) >= 30)
    spec = make_spec()
    middle, half = spec.action_low + spec.action_high, spec.action_high - spec.action_low
    sent = np.array([each.action for each in world.commands])
    return float(np.abs((2 * sent - middle) / half).max())


def test_the_limits_of_an_action_are_tightened_while_it_drives(
    world: World, drive: Callable[..., ActorNode]
) -> None:
    drive()
    assert largest(world) > 0.5  # exploring
    assert change(world, 'highest_action', [0.05]) == ''
    assert change(world, 'lowest_action', [-0.05]) == ''
    assert largest(world) <= 0.0501
    assert change(world, 'highest_action', [1.0]) == ''  # as at the start
    assert largest(world) > 0.05


def test_they_are_not_widened_beyond_those_of_the_start(
    world: World, drive: Callable[..., ActorNode]
) -> None:
    node = drive(highest_action=[0.5], max_action_change=0.2)
    assert 'not widened beyond [0.5, 0.5]' in change(world, 'highest_action', [0.6])
    assert 'not widened beyond 0.2' in change(world, 'max_action_change', 0.3)
    assert 'lowest_action must be below' in change(world, 'highest_action', [-1.0])
    assert 'one for each of the action' in change(world, 'highest_action', [0.1, 0.1, 0.1])
    assert list(node.get_parameter('highest_action').value) == [0.5]
    assert largest(world) <= 1.0


def test_a_restarted_actor_keeps_to_the_tightened_limits(
    world: World, launch: Callable[..., NodeProcess], tmp_path: Path
) -> None:
    world.publish_robot()
    world.publish_weights(make_weights())
    process = launch(state_dir=tmp_path, random_steps=0)
    world.until(lambda: world.status.env_steps > 0)
    assert change(world, 'highest_action', [0.05]) == ''
    assert change(world, 'lowest_action', [-0.05]) == ''
    process.kill()
    world.statuses.clear()
    launch(state_dir=tmp_path, random_steps=0)
    world.until(lambda: world.status.state == 'running')
    assert largest(world) <= 0.0501
    assert change(world, 'lowest_action', [-1.0]) == ''  # the configured limits are the widest


def test_without_a_robot_its_limits_cannot_be_judged(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start()
    assert 'once the robot is known' in change(world, 'highest_action', [0.5])


def test_exploration_ends_and_begins_and_episodes_say_so(
    world: World, drive: Callable[..., ActorNode]
) -> None:
    drive()
    world.until(lambda: len(world.episodes) > 1)
    assert not world.episodes[-1].deterministic
    assert change(world, 'deterministic', True) == ''
    world.until(lambda: world.episodes[-1].deterministic)
    assert change(world, 'deterministic', False) == ''
    world.until(lambda: not world.episodes[-1].deterministic)


def test_the_status_comes_at_another_rate(world: World, drive: Callable[..., ActorNode]) -> None:
    drive(status_period=3.0)
    world.statuses.clear()
    assert change(world, 'status_period', 0.05) == ''
    world.until(lambda: len(world.statuses) > 20)  # at the old rate, in a minute
    assert 'status_period out of range' in change(world, 'status_period', 0.0)


def test_other_parameters_are_read_only_and_say_so(
    world: World, drive: Callable[..., ActorNode]
) -> None:
    drive()
    reason = change(world, 'control_rate', 500.0)
    assert 'control_rate is read when the node starts' in reason
    assert 'what can is deterministic, highest_action, lowest_action, max_action_change' in reason
