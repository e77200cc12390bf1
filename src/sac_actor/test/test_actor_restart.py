# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A real actor is killed and started again: it goes on, and what it had done is stored once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sac_actor.actor_node import ActorNode
from sac_actor.state_directory import StateDirectory
from sac_core.ros.testing import NodeProcess

from .fakes import make_spec, make_weights
from .queues import fill
from .world import World

pytestmark = [pytest.mark.system, pytest.mark.timeout(90)]


def check_stored_once(world: World, total: int) -> None:
    """Check that the rows of all sessions are each session's first ones, without a gap."""
    rows = world.rows
    assert sum(map(len, rows.values())) == total
    assert all(numbers == set(range(len(numbers))) for numbers in rows.values())


def end(world: World, process: NodeProcess) -> None:
    """Wait for the orderly end of a process, for which the world must go on turning."""
    world.until(lambda: process.child.poll() is not None)
    assert process.end()[0] == 0
    world.until(lambda: world.status.final)


def test_a_killed_actor_goes_on_where_it_was_and_everything_is_stored_once(
    world: World, launch: Callable[..., NodeProcess], tmp_path: Path
) -> None:
    world.publish_robot()
    world.publish_weights(make_weights(learner_steps=1))
    parameters = {'state_dir': tmp_path, 'transition_batch_size': 30, 'max_env_steps': 300}
    process = launch(**parameters)
    world.until(lambda: world.status.env_steps > 60)
    world.acknowledging = False
    world.until(lambda: world.status.env_steps > 130)
    process.kill()
    assert len(list(tmp_path.glob('*.ring'))) == 1
    world.acknowledging = True
    begun = len(world.commands)
    end(world, launch(**parameters))
    check_stored_once(world, 300)
    assert len(world.rows) == 2
    final = world.status
    assert (final.exit_reason, final.env_steps) == ('max_env_steps', 300)
    assert (final.transitions_acked, final.transitions_dropped, final.queue_length) == (300, 0, 0)
    steps = [episode.env_steps for episode in world.episodes]
    assert steps == sorted(steps)
    assert steps[-1] > 200
    # The episode that was broken off is not gone on with.
    old = world.commands[0].actor_session
    first = next(each for each in world.commands[begun:] if each.actor_session != old)
    assert first.reset == (first.step > 0)
    assert {path.name for path in tmp_path.iterdir()} == {'lock', 'totals.json'}

    # A run that has finished can be made longer.
    world.statuses.clear()
    end(world, launch(**parameters | {'max_env_steps': 340}))
    check_stored_once(world, 340)
    assert (world.status.env_steps, world.status.transitions_acked) == (340, 340)


def test_lockstep_goes_on_after_kills_of_the_learner_and_of_the_actor(
    world: World, launch: Callable[..., NodeProcess], tmp_path: Path
) -> None:
    world.publish_robot()
    world.publish_weights(make_weights(learner_steps=1, version=50), session=1)
    parameters = {'state_dir': tmp_path, 'control_rate': 0.0, 'transition_batch_size': 10}
    process = launch(**parameters)
    world.until(lambda: world.status.env_steps > 20)
    world.acknowledging = False
    world.publish_weights(make_weights(learner_steps=2, version=1), session=2)
    world.until(lambda: world.status.policy_version == 1)
    process.kill()
    world.acknowledging = True
    end(world, launch(**parameters, max_env_steps=200))
    check_stored_once(world, 200)


def test_a_second_actor_in_the_same_directory_is_one_clear_line_and_exit_code_two(
    world: World,
    start: Callable[..., ActorNode],
    launch: Callable[..., NodeProcess],
    tmp_path: Path,
) -> None:
    start(state_dir=str(tmp_path))
    code, output = launch(state_dir=tmp_path).end()
    assert code == 2
    assert output.strip() == f"actor: error: state_dir '{tmp_path}' is in use by another actor"


def test_the_state_of_another_robot_is_refused_before_anything_moves(
    world: World,
    start: Callable[..., ActorNode],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    state = StateDirectory(tmp_path)
    fill(state, 7)
    state.close()
    node = start(state_dir=str(tmp_path))
    world.publish_robot(replace(make_spec(), env_id='Other-v0'))
    world.publish_weights(make_weights())
    world.until(node.wants_to_end)
    assert "of another robot: env_id 'Fake-v0' against 'Other-v0'" in capsys.readouterr().err
    assert world.commands == []
