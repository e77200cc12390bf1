# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the node tests; property tests try the same examples each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TYPE_CHECKING

from hypothesis import settings
import pytest

if TYPE_CHECKING:
    from sac_core.ros.testing import NodeProcess
    from sac_learner.learner_node import LearnerNode

    from .world import World

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
def start(world: World) -> Iterator[Callable[..., LearnerNode]]:
    """Start a learner in this process; the fixture ends it."""
    from rclpy.parameter import Parameter
    from sac_learner.learner_node import LearnerNode

    from .world import SMALL

    nodes: list[LearnerNode] = []

    def make(**parameters: Any) -> LearnerNode:
        values = {**SMALL, **parameters}
        node = LearnerNode(
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
    """Start a learner as a process of its own; the fixture kills it."""
    from sac_core.ros.testing import NodeProcess

    from .world import SMALL

    processes: list[NodeProcess] = []

    def make(**parameters: object) -> NodeProcess:
        process = NodeProcess(
            'sac_learner.learner_node',
            domain_id=world.spinner.domain_id,
            parameters={**SMALL, **parameters},
        )
        processes.append(process)
        return process

    yield make
    for process in processes:
        process.kill()
