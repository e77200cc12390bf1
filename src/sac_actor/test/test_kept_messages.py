# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The middleware keeps a message, as it does for a process that was killed: the loop ticks on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import threading
from typing import Any

import pytest
from sac_actor.actor_node import ActorNode
from sac_core.ros import names
from sac_core.ros.workarounds.publishing import NoGilPublisher

from .fakes import make_weights
from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


class Kept:
    """Whatever is sent on a topic is kept until it is let go.

    :param topic: relative
    """

    def __init__(self, topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begins = threading.Event()
        self.arrived = threading.Event()
        self.let_go = threading.Event()
        send = NoGilPublisher.send

        def keep(publisher: NoGilPublisher[Any], data: bytes) -> None:
            if self.begins.is_set() and publisher.publisher.topic_name.endswith(topic):
                self.arrived.set()
                self.let_go.wait()
            send(publisher, data)

        monkeypatch.setattr(NoGilPublisher, 'send', keep)


@pytest.fixture
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    made = Kept(request.param, monkeypatch)
    yield made
    made.let_go.set()


def running_actor(world: World, start: Callable[..., ActorNode]) -> ActorNode:
    node = start()
    world.publish_robot()
    world.publish_weights(make_weights())
    world.until(lambda: world.status.env_steps > 10)
    return node


def ticks(node: ActorNode) -> int:
    assert node.actor is not None
    return node.actor.loop_thread.ticks


@pytest.mark.parametrize('kept', [names.COMMAND], indirect=True)
def test_the_loop_ticks_on_while_a_command_is_kept_and_the_newest_follows_it(
    world: World, start: Callable[..., ActorNode], kept: Kept
) -> None:
    node = running_actor(world, start)
    outputs = world.diagnose('actor: outputs')
    kept.begins.set()
    world.until(kept.arrived.is_set)
    before = ticks(node)
    world.until(lambda: ticks(node) > before + 50)
    steps = world.status.env_steps
    kept.let_go.set()
    world.until(lambda: world.status.env_steps > steps + 10)
    world.until(lambda: int(outputs()['commands_left_out']) >= 49)


@pytest.mark.parametrize(
    'kept', [names.ACTOR_STATUS, names.DIAGNOSTICS, names.TRANSITIONS], indirect=True
)
def test_robot_and_loop_go_on_while_a_report_is_kept_and_nothing_is_missing_afterwards(
    world: World, start: Callable[..., ActorNode], kept: Kept
) -> None:
    node = running_actor(world, start)
    kept.begins.set()
    world.until(kept.arrived.is_set)
    executed = len(world.robot.executed)
    world.until(lambda: len(world.robot.executed) > executed + 50)
    kept.let_go.set()
    world.until(lambda: world.status.env_steps > executed + 50)
    world.until(lambda: len(world.sequences) > executed + 50)
    assert world.sequences == list(range(len(world.sequences)))
    assert not node.wants_to_end()
