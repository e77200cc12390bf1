# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Robot and learner on two machines, with a network between them that fails or loses packets.

Where there can be no such network, a relay between two ROS domains stands in for it, which loses
whole messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
import os
from pathlib import Path
from typing import Protocol

from network import TwoMachines
from sac_core.ros.testing import Spinner
from two_domains import TwoDomains

from chaos.figures import Figures, measure
from chaos.world import World

_ROBOT = ('sim_bridge', 'actor')  # the others are at the desk


class Network(Protocol):
    """What is between the two sides."""

    def set_conditions(
        self, *, loss: float = 0.0, delay: tuple[float, float] = (0.0, 0.0), cut: bool = False
    ) -> dict[str, int]: ...


# Starts a run whose robot is on one side, with the witness, and the rest on the other.
Sides = Callable[[Path, Path, int], AbstractContextManager[tuple[Network, World]]]


def outage(sides: Sides, run_dir: Path, log: Path, *, seed: int, seconds: float) -> Figures:
    """Cut the cable for longer than the middleware remembers anybody: nothing may be missing."""
    with sides(run_dir, log, seed) as (network, world):
        network.set_conditions(cut=True)
        before = world.witness.actor_steps
        world.wait(seconds)
        # Nobody waits for the learner: the robot goes on, at the pace that this machine allows.
        enough = int(0.5 * 50 * seconds)
        world.until(
            lambda: world.witness.actor_steps >= before + enough,
            what=f'{enough} steps without a learner',
        )
        network.set_conditions()
        _await_delivery(world)
        world.end()
        return measure(world)


def lossy(
    sides: Sides,
    run_dir: Path,
    log: Path,
    *,
    seed: int,
    seconds: float,
    loss: float = 0.05,
    resends: int = 0,
) -> Figures:
    """Lose some of what passes and delay the rest by 20-30 ms: policies must still arrive.

    :param loss: share
    :param resends: the case goes on until the actor had to send transitions again so often
    """
    with sides(run_dir, log, seed) as (network, world):
        network.set_conditions(loss=loss, delay=(0.02, 0.03))
        before = world.witness.policy_version
        world.wait(seconds)
        # Counted, not timed: a starved machine may bring forth none in the first seconds.
        enough = int(0.1 * seconds) + 1
        world.until(
            lambda: world.witness.policy_version >= before + enough,
            what=f'{enough} new policies over a lossy network',
        )
        world.until(
            lambda: world.witness.resends >= resends, what=f'{resends} resends', timeout=90.0
        )
        _await_delivery(world)
        network.set_conditions()
        world.end()
        return measure(world)


@contextmanager
def two_machines(run_dir: Path, log: Path, seed: int) -> Iterator[tuple[TwoMachines, World]]:
    """Start a run in two network namespaces.

    :raises NetworkUnavailableError: where they are not allowed
    """
    with TwoMachines(seed=seed) as machines, machines.inside('robot'), _on_the_network(machines):
        spinner = Spinner()
        environment = machines.environment(spinner.domain_id)
        prefixes = {side: machines.prefix(side) for side in ('robot', 'desk')}
        with _started(run_dir, log, seed, spinner, prefixes, environment) as world:
            yield machines, world


@contextmanager
def two_domains(run_dir: Path, log: Path, seed: int) -> Iterator[tuple[TwoDomains, World]]:
    """Start a run in two ROS domains."""
    with TwoDomains(seed=seed) as domains:
        spinner = Spinner(domains.domain_ids['robot'])
        prefixes = {side: domains.prefix(side) for side in ('robot', 'desk')}
        with _started(run_dir, log, seed, spinner, prefixes, {}) as world:
            yield domains, world


@contextmanager
def _started(
    run_dir: Path,
    log: Path,
    seed: int,
    spinner: Spinner,
    prefixes: dict[str, list[str]],
    environment: dict[str, str],
) -> Iterator[World]:
    names = (*_ROBOT, 'learner', 'monitor')
    with World(
        run_dir,
        log=log,
        arguments={'seed': str(seed)},
        environment=environment,
        prefixes={name: prefixes['robot' if name in _ROBOT else 'desk'] for name in names},
        spinner=spinner,
    ) as world:
        world.start()
        world.await_stored(400, timeout=60.0)
        yield world


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
