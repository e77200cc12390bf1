# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the node tests; property tests try the same examples each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TYPE_CHECKING

from hypothesis import settings
import pytest

if TYPE_CHECKING:
    from sac_actor.actor_node import ActorNode
    from sac_core.ros.testing import NodeProcess

    from .world import World

# A slow machine must not trip a watchdog where the test is about something else.
PATIENT = {'max_overruns_in_row': 1_000_000, 'observation_timeout': 3600.0}

settings.register_profile('same_each_time', derandomize=True, deadline=None)
settings.load_profile('same_each_time')


@pytest.fixture
def world() -> Iterator[World]:
    # Imported here: the tests of the core run without ROS.
    from sac_core.ros.testing import Spinner

    from .world import World

    with Spinner() as spinner:
        yield World(spinner)


@pytest.fixture
def start(world: World) -> Iterator[Callable[..., ActorNode]]:
    """Start an actor in this process; the fixture ends it."""
    from rclpy.parameter import Parameter
    from sac_actor.actor_node import ActorNode

    nodes: list[ActorNode] = []

    def make(**parameters: Any) -> ActorNode:
        values = {
            'control_rate': 200.0,
            'random_steps': 0,
            'status_period': 0.05,
            'transition_batch_size': 10,
            **PATIENT,
            **parameters,
        }
        node = ActorNode(
            context=world.spinner.context,
            parameter_overrides=[Parameter(name, value=value) for name, value in values.items()],
        )
        nodes.append(node)
        world.spinner.add(node)
        return node

    yield make
    for node in nodes:
        node.close()


@pytest.fixture
def launch(world: World) -> Iterator[Callable[..., NodeProcess]]:
    """Start an actor as a process of its own; the fixture kills it."""
    from sac_core.ros.testing import NodeProcess

    processes: list[NodeProcess] = []

    def make(**parameters: object) -> NodeProcess:
        process = NodeProcess(
            'sac_actor.actor_node',
            domain_id=world.spinner.domain_id,
            parameters={'status_period': 0.1, 'control_rate': 200.0, **parameters},
        )
        processes.append(process)
        return process

    yield make
    for process in processes:
        process.kill()
