# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor as a process: how it starts, what it refuses, how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import signal
import subprocess
import sys

import pytest
from sac_core.ros.testing import NodeProcess
from sac_core.weights import encode_weights

from .fakes import make_weights
from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order_with_everything_acknowledged(
    world: World, launch: Callable[..., NodeProcess], number: signal.Signals
) -> None:
    world.publish_robot()
    world.publish_weights(make_weights())
    process = launch(transition_batch_size=30)
    world.until(lambda: len(world.sequences) >= 60)
    process.child.send_signal(number)
    final = world.until(lambda: world.status.final and world.status)
    code, output = process.end()
    assert (code, final.exit_reason) == (0, number.name)
    assert final.transitions_acked == final.env_steps == len(set(world.sequences))
    assert 'Traceback' not in output


def test_a_signal_while_it_waits_ends_it_in_order(
    world: World, launch: Callable[..., NodeProcess]
) -> None:
    process = launch()
    world.until(lambda: world.statuses)
    process.child.send_signal(signal.SIGINT)
    world.until(lambda: world.status.final)
    code, output = process.end()
    assert code == 0
    assert 'waiting for observation from a bridge' in output


def write_policy(directory: Path, **dims: int) -> str:
    (directory / 'policy.safetensors').write_bytes(
        encode_weights(make_weights(learner_steps=1, **dims))
    )
    return str(directory)


def test_a_checkpoint_drives_without_a_learner_and_sends_no_transitions(
    world: World, launch: Callable[..., NodeProcess], tmp_path: Path
) -> None:
    world.publish_robot()
    process = launch(checkpoint=write_policy(tmp_path), max_episodes=2, deterministic='true')
    world.until(lambda: world.status.final)
    assert process.end()[0] == 0
    world.until(lambda: len(world.episodes) >= 2)  # another topic, which may come later
    assert [episode.deterministic for episode in world.episodes] == [True, True]
    assert world.status.exit_reason == 'max_episodes'
    assert world.batches == []


def test_a_checkpoint_of_other_dimensions_is_one_clear_line_and_no_motion(
    world: World, launch: Callable[..., NodeProcess], tmp_path: Path
) -> None:
    world.publish_robot()
    process = launch(checkpoint=write_policy(tmp_path, observation_dim=4))
    # The world must go on turning, or the actor never sees the robot.
    world.until(lambda: process.child.poll() is not None)
    code, output = process.end()
    assert code != 0
    (line,) = [line for line in output.splitlines() if 'error' in line]
    assert line.startswith('actor: error: ')
    assert 'the policy has observation_dim 4, the robot has 3' in line
    assert world.commands == []


@pytest.mark.parametrize(
    ('parameters', 'message'),
    [
        ({'checkpoint': '/no/such/directory'}, "checkpoint '/no/such/directory'"),
        ({'control_rate': -1.0}, 'control_rate must be in'),
        ({'queue_capacity': 0}, 'queue_capacity must be at least 1, got 0'),
        ({'deterministic': 'perhaps'}, "deterministic must be true or false, got 'perhaps'"),
        ({'contol_rate': 50.0}, 'contol_rate'),
    ],
)
def test_a_bad_parameter_is_one_clear_line_and_exit_code_two(
    launch: Callable[..., NodeProcess], parameters: dict[str, object], message: str
) -> None:
    code, output = launch(**parameters).end()
    assert code == 2
    assert message in output
    assert len(output.strip().splitlines()) == 1


def test_a_file_that_is_no_policy_is_refused_at_once(
    launch: Callable[..., NodeProcess], tmp_path: Path
) -> None:
    (tmp_path / 'policy.safetensors').write_bytes(b'nonsense')
    code, output = launch(checkpoint=str(tmp_path)).end()
    assert code == 2
    assert 'not a policy file' in output


def test_the_process_loads_no_torch() -> None:
    code = 'import sys, sac_actor.actor_node; sys.exit("torch" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code], check=False).returncode == 0
