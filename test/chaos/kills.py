# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Processes killed at random instants while the robot learns at 50 Hz, and started again."""

from __future__ import annotations

import random

from chaos.figures import Figures, measure
from chaos.world import World

_STARTING_SHARE = 0.25  # of the kills hit a process that is still on its way up
_LONGEST_LIFE = 4.0  # [s] between a process's first word, or its start, and its end


def learner_kill(world: World, *, times: int, rng: random.Random) -> Figures:
    """Kill the learner: the actor must go on, and nothing that it produced may be missing."""
    return _kill_again_and_again(world, ['learner'], times=times, rng=rng)


def actor_kill(world: World, *, times: int, rng: random.Random) -> Figures:
    """Kill the actor: the next one must send what it left."""
    return _kill_again_and_again(world, ['actor'], times=times, rng=rng)


def bridge_kill(world: World, *, times: int, rng: random.Random) -> Figures:
    """Kill the robot's side: the actor must end the episode and continue with the new one."""
    return _kill_again_and_again(world, ['sim_bridge'], times=times, rng=rng)


def all_kill(world: World, *, times: int, rng: random.Random) -> Figures:
    """Kill all three at the same instant, and start them in any order."""
    return _kill_again_and_again(world, ['learner', 'actor', 'sim_bridge'], times=times, rng=rng)


def _kill_again_and_again(
    world: World, victims: list[str], *, times: int, rng: random.Random
) -> Figures:
    world.start()
    world.await_stored(400)  # past the random actions: it trains
    for _ in range(times):
        world.wait(rng.uniform(0.2, _LONGEST_LIFE))
        world.kill(*victims)
        starting = rng.random() < _STARTING_SHARE
        order = rng.sample(victims, len(victims))
        world.start(*order)
        if starting:
            world.wait(rng.uniform(0.0, 1.0))
            world.kill(*victims)
            world.start(*victims)
        world.await_stored(100)
    world.end()
    return measure(world)
