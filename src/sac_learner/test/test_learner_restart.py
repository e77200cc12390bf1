# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner's process killed and started again, while the actors' side goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
import random
import signal
import subprocess
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
import pytest
from sac_core.ros.names import DIAGNOSTICS
from sac_core.ros.testing import NodeProcess
from sac_core.weights import decode_weights, PolicyWeights
from sac_learner.checkpoint_loading import newest_checkpoint
from sac_learner.replay_files.inspection import inspect_replay

from .world import World

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
Launch = Callable[..., NodeProcess]


def directories(run: Path) -> dict[str, Any]:
    return {
        'replay_dir': str(run / 'replay'),
        'checkpoint_dir': str(run / 'checkpoints'),
        'checkpoint_period': 1.0,
    }


def until_back(world: World, session: int) -> None:
    """Wait until another learner than that of a session is there, with its policy."""
    world.until(
        lambda: (
            world.status.learner_session not in (0, session) and world.status.state != 'waiting'
        )
    )
    world.until(lambda: world.weights[-1:] and world.weights[-1].learner_session != session)


def kill(process: NodeProcess) -> None:
    process.child.kill()
    process.child.wait()


def deliver(world: World, first: int, stop: int) -> None:
    """Send, and again while there is no acknowledgement: a restarted learner hears late."""
    while world.acknowledged() < stop:
        for start in range(first, stop, 10):
            world.send(start, min(10, stop - start))
        try:
            world.until(lambda: world.acknowledged() >= stop, timeout=1.0)
        except TimeoutError:
            continue


def end(world: World, process: NodeProcess, run: Path) -> PolicyWeights:
    """End a learner in order; return the policy that it leaves."""
    world.say(final=True)
    process.child.send_signal(signal.SIGINT)
    world.until(lambda: world.status.final)
    assert process.end()[0] == 0
    return decode_weights((run / 'checkpoints' / 'latest' / 'policy.safetensors').read_bytes())


def test_killed_again_and_again_it_loses_nothing_and_stores_nothing_twice(
    world: World, launch: Launch, tmp_path: Path
) -> None:
    chance, steps = random.Random(3), 0
    for number in range(4):
        session = world.status.learner_session
        process = launch(**directories(tmp_path))
        world.publish_robot()
        until_back(world, session)
        known = world.acknowledged()
        assert world.status.env_steps >= known
        assert world.status.learner_steps >= steps, 'at least as in the newest checkpoint'
        # As an actor that did not hear the last acknowledgements; then more.
        first, stop = max(0, known - chance.randrange(20)), known + chance.randrange(60, 200)
        deliver(world, first, stop if number % 2 else known + 10)
        for start in range(known + 10, stop, 10):  # it is killed somewhere in these
            world.send(start, min(10, stop - start))
        world.until(lambda: world.status.env_steps > known)  # noqa: B023
        kill(process)
        report = inspect_replay(tmp_path / 'replay')
        assert report.total >= world.acknowledged()
        assert (report.rows, report.damaged, report.cut) == (report.total, 0, 0)
        assert report.sessions[-1].stored == report.sessions[-1].next_sequence == report.total
        checkpoint = newest_checkpoint(tmp_path / 'checkpoints', print)
        steps = checkpoint.snapshot.policy.learner_steps if checkpoint else 0
    assert report.total > 200


def drive(world: World, launch: Launch, run: Path, kills: dict[int, bool]) -> PolicyWeights:
    """Be an actor in lockstep for 12 batches; kill the learner at some of them."""
    process = launch(**directories(run), lockstep=True)
    world.publish_robot()
    world.until_ready()
    for n in range(12):
        goal = 10 * n + 10
        if n in kills:
            session = world.status.learner_session
            world.send(10 * n, 10)
            if kills[n]:
                world.until(lambda: world.acknowledged() == goal)  # noqa: B023
            kill(process)
            process = launch(**directories(run), lockstep=True)
            world.publish_robot()
            until_back(world, session)
        deliver(world, 10 * n, goal)
        while world.acks[-1].trained_sequence < goal:
            world.say(final=False)  # it is told its turn because it is there
            count = len(world.acks)
            world.until(lambda: len(world.acks) > count)  # noqa: B023
    return end(world, process, run)


def test_in_lockstep_a_killed_learner_ends_with_the_same_policy_as_one_that_was_not(
    world: World, launch: Launch, tmp_path: Path
) -> None:
    expected = drive(world, launch, tmp_path / 'undisturbed', {})
    world.statuses.clear()
    world.acks.clear()
    world.weights.clear()
    policy = drive(world, launch, tmp_path / 'killed', {4: True, 7: False, 8: True})
    assert (policy.learner_steps, policy.env_steps) == (100, 120)
    assert (expected.learner_steps, expected.env_steps) == (100, 120)
    assert policy.version > expected.version
    for name, tensor in expected.tensors.items():
        assert np.array_equal(policy.tensors[name], tensor), name


def test_what_it_may_not_go_on_from_is_one_clear_line_and_exit_code_two(
    world: World, launch: Launch, tmp_path: Path
) -> None:
    process = launch(**directories(tmp_path))
    world.publish_robot()
    world.until_ready()
    world.send(0, 30)
    world.until(lambda: world.status.learner_steps == 10)
    end(world, process, tmp_path)
    code, output = launch(**directories(tmp_path), hidden_dims=[9], tau=0.1).end()
    (line,) = [line for line in output.splitlines() if 'learner: error' in line]
    assert code == 2
    assert 'is of another run: hidden_dims [8] against [9], tau 0.005 against 0.1' in line


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / 'disk'
    path.mkdir()
    mounted = subprocess.run(
        ['mount', '-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', path], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f'no file system may be mounted here: {mounted.stderr.strip()}')
    yield path
    subprocess.run(['umount', '-l', path], check=True)


def test_on_a_full_disk_it_trains_on_and_acknowledges_nothing_that_is_not_saved(
    world: World, launch: Launch, small_disk: Path
) -> None:
    reports = world.spinner.collect(world.node, DiagnosticArray, DIAGNOSTICS, 10)

    def disk_says() -> str:
        states = [s for report in reports for s in report.status if s.name == 'learner: disk']
        return str(states[-1].message) if states else ''

    process = launch(replay_dir=str(small_disk / 'replay'), sync_period=0.2)
    world.publish_robot()
    world.until_ready()
    for first in range(0, 4000, 100):
        world.send(first, 100)
    world.until(lambda: world.acks and world.acks[-1].received_sequence == 4000)
    saved = world.acknowledged()
    assert 500 < saved < 3900
    world.until(lambda: world.status.unsaved == 4000 - saved)
    world.until(lambda: disk_says() == 'No space left on device')
    before = world.status.learner_steps
    world.until(lambda: world.status.learner_steps > before)
    subprocess.run(['mount', '-o', 'remount,size=4m', small_disk], check=True)
    world.until(lambda: world.acknowledged() == 4000 and not world.status.unsaved)
    world.until(lambda: disk_says() == 'all is saved')
    kill(process)
    assert inspect_replay(small_disk / 'replay').total == 4000


def test_a_read_only_replay_directory_is_refused_when_it_configures_itself(
    world: World, launch: Launch, small_disk: Path
) -> None:
    subprocess.run(['mount', '-o', 'remount,ro', small_disk], check=True)
    world.publish_robot()
    code, output = launch(replay_dir=str(small_disk / 'replay')).end()
    assert code == 2
    assert f'replay_dir {small_disk}/replay cannot be used: Read-only file system' in output
