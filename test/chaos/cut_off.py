# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Robot and learner on two machines, with a network between them that fails or loses packets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path

from network import TwoMachines
from sac_core.ros.testing import Spinner

from chaos.figures import Figures, measure
from chaos.world import World

_ROBOT = ('sim_bridge', 'actor')  # the others are at the desk


def outage(run_dir: Path, log: Path, *, seed: int, seconds: float = 60.0) -> Figures:
    """Cut the cable for longer than the middleware remembers anybody: nothing may be missing."""
    with _two_machines(run_dir, log, seed) as (machines, world):
        machines.set_conditions(cut=True)
        before = world.witness.actor_steps
        world.wait(seconds)
        # Nobody waits for the learner: the robot went on, at the pace that this machine allows.
        produced = world.witness.actor_steps - before
        assert produced > 0.5 * 50 * seconds, (
            f'{produced} steps in {seconds:g} s without a learner'
        )
        machines.set_conditions()
        _await_delivery(world)
        world.end()
        return measure(world)


def lossy(run_dir: Path, log: Path, *, seed: int, seconds: float = 120.0) -> Figures:
    """Lose 5 % of the packets and delay the others by 20-30 ms: policies must still arrive."""
    with _two_machines(run_dir, log, seed) as (machines, world):
        machines.set_conditions(loss=0.05, delay=(0.02, 0.03))
        before = world.witness.policy_version
        world.wait(seconds)
        policies = world.witness.policy_version - before
        assert policies > 0.1 * seconds, f'{policies} new policies in {seconds:g} s'
        _await_delivery(world)
        machines.set_conditions()
        world.end()
        return measure(world)


@contextmanager
def _two_machines(run_dir: Path, log: Path, seed: int) -> Iterator[tuple[TwoMachines, World]]:
    """Start a run whose robot is on one machine, with the witness, and the rest on the other."""
    with TwoMachines(seed=seed) as machines, machines.inside('robot'), _on_the_network(machines):
        spinner = Spinner()
        sides = {
            name: 'robot' if name in _ROBOT else 'desk' for name in (*_ROBOT, 'learner', 'monitor')
        }
        with World(
            run_dir,
            log=log,
            arguments={'seed': str(seed)},
            environment=machines.environment(spinner.domain_id),
            prefixes={name: machines.prefix(side) for name, side in sides.items()},
            spinner=spinner,
        ) as world:
            world.start()
            world.await_stored(400, timeout=60.0)
            yield machines, world


@contextmanager
def _on_the_network(machines: TwoMachines) -> Iterator[None]:
    """Let the witness, too, hear other machines."""
    wanted = machines.environment(0)
    names = ('ROS_AUTOMATIC_DISCOVERY_RANGE', 'FASTDDS_BUILTIN_TRANSPORTS')
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: wanted[name] for name in names})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _await_delivery(world: World) -> None:
    """Wait until what was produced by now is stored."""
    produced = world.witness.actor_steps
    world.until(
        lambda: world.witness.stored >= produced,
        what=f'{produced} transitions stored',
        timeout=90.0,
    )
