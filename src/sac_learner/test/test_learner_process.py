# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner as a process: what it refuses, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import signal
from typing import Any

import pytest
from sac_core.ros.testing import NodeProcess
from sac_core.weights import decode_weights
from sac_learner.checkpoint_files import list_checkpoints
from sac_learner.learner_node import LearnerNode

from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order_with_a_checkpoint_of_all_that_came(
    world: World, launch: Callable[..., NodeProcess], tmp_path: Path, number: signal.Signals
) -> None:
    process = launch(checkpoint_dir=str(tmp_path))
    world.publish_robot()
    world.until_ready()
    world.say(final=False)
    world.send(0, 30)
    world.until(lambda: world.status.learner_steps == 10)
    process.child.send_signal(number)
    world.send(30, 12)
    world.until(lambda: world.acknowledged() == 42)
    world.say(final=True)
    final = world.until(lambda: world.status.final and world.status)
    code, output = process.end()
    assert (code, final.exit_reason, final.env_steps) == (0, number.name, 42)
    policy = decode_weights((tmp_path / 'latest' / 'policy.safetensors').read_bytes())
    assert policy.env_steps == 42
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
    assert 'waiting for env_spec from a bridge' in output


def test_training_that_diverges_ends_it_with_one_line_and_writes_no_checkpoint(
    world: World, launch: Callable[..., NodeProcess], tmp_path: Path
) -> None:
    process = launch(checkpoint_dir=str(tmp_path), actor_lr=1e38, lockstep=True)
    world.publish_robot()
    world.until_ready()
    world.send(0, 30)
    code, output = process.end()
    assert code == 3
    (line,) = (line for line in output.splitlines() if 'error: ' in line)
    assert line.startswith('learner: error: training diverged: ')
    assert 'at learner step ' in line
    assert 'Traceback' not in output
    assert not list_checkpoints(tmp_path)


def test_a_bad_parameter_is_one_clear_line_and_exit_code_two(
    launch: Callable[..., NodeProcess],
) -> None:
    code, output = launch(batch_size=20_000).end()
    assert code == 2
    assert output.strip() == (
        'learner: error: batch_size must be at most replay_capacity (10000), got 20000'
    )


@pytest.mark.parametrize(
    ('parameters', 'message'),
    [
        ({'tau': 1.5}, 'tau must be in .* got 1.5'),
        ({'hidden_dims': [64, 0]}, r'hidden_dims must be .* got \(64, 0\)'),
        ({'target_subset': 3}, r'target_subset must be at most num_critics \(2\), got 3'),
        ({'training_starts': 20_000}, 'training_starts must be at most replay_capacity'),
        ({'actor_q': 'max'}, "actor_q must be one of .* got 'max'"),
        ({'batch_size': 8.5}, 'batch_size must be an integer, got 8.5'),
        ({'utd_ration': 8}, 'unknown parameters .*utd_ration'),
    ],
)
def test_a_bad_parameter_is_named_with_its_value(
    start: Callable[..., LearnerNode], parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        start(**parameters)
