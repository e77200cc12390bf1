# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The real learner's parameters, changed through its services while it trains."""

from __future__ import annotations

from collections.abc import Callable
import json
from pathlib import Path
import signal
from typing import Any

import pytest
from sac_core.ros.testing import NodeProcess
from sac_learner.checkpoint import DESCRIPTION_FILE, list_checkpoints
from sac_learner.learner_node import LearnerNode

from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


def change(world: World, name: str, value: Any) -> str:
    """Return why it was refused; empty where it was not."""
    return str(world.spinner.set_parameter('/learner', name, value).reason)


def train(world: World, *, first: int = 0, count: int = 40) -> None:
    """Send transitions and wait until all steps for them are made."""
    world.send(first, count)
    steps = first + count - 20
    world.until(lambda: world.status.learner_steps == steps)


def test_the_ratio_changes_between_two_steps(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    world.publish_robot()
    start()
    world.until_ready()
    train(world)
    assert (world.status.critic_updates, world.status.measured_utd) == (40, 2.0)
    loss = world.status.critic_loss
    assert change(world, 'utd_ratio', 5) == ''
    world.until(lambda: world.status.target_utd == 5.0)
    train(world, first=40, count=10)
    assert (world.status.critic_updates, world.status.measured_utd) == (40 + 5 * 10, 5.0)
    assert world.status.critic_loss != loss
    assert 'utd_ratio out of range' in change(world, 'utd_ratio', 0)
    assert 'utd_ratio must be an integer, got 2.5' in change(world, 'utd_ratio', 2.5)
    assert world.status.target_utd == 5.0


def test_policies_come_at_another_period(world: World, start: Callable[..., LearnerNode]) -> None:
    world.publish_robot()
    start(weights_publish_period=3600.0)
    world.until_ready()
    train(world, count=40)
    published = world.status.policy_version
    assert change(world, 'weights_publish_period', 0.01) == ''
    train(world, first=40, count=20)
    world.until(lambda: world.status.policy_version > published, timeout=20.0)


def test_a_restarted_learner_goes_on_at_the_changed_ratio(
    world: World, launch: Callable[..., NodeProcess], tmp_path: Path
) -> None:
    directories = {'checkpoint_dir': tmp_path / 'c', 'replay_dir': tmp_path / 'r'}
    world.publish_robot()
    process = launch(**directories)
    world.until_ready()
    train(world)
    assert change(world, 'utd_ratio', 5) == ''
    train(world, first=40, count=10)
    process.child.send_signal(signal.SIGINT)
    assert process.end()[0] == 0
    written = list_checkpoints(tmp_path / 'c')[-1] / DESCRIPTION_FILE
    assert json.loads(written.read_text())['config']['utd_ratio'] == 5

    world.statuses.clear()
    launch(**directories)
    world.until(lambda: world.status.learner_steps == 30)
    assert (world.status.target_utd, world.status.critic_updates) == (5.0, 90)


def test_other_parameters_are_read_only_and_say_so(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    start()
    reason = change(world, 'discount', 0.9)
    assert 'discount is read when the node starts, and cannot be changed while it runs' in reason
    assert 'what can is status_period, utd_ratio, weights_publish_period' in reason
