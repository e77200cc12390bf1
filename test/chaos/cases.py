# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The list of cases: each takes a directory and gives the figures that it is judged by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import random
from typing import Any

from network import NetworkUnavailableError

from chaos import disks, hostile, kills
from chaos.case import Case, CaseSkippedError
from chaos.cut_off import lossy, outage, Sides, two_domains, two_machines
from chaos.figures import Figures
from chaos.world import World


def _killing(case: Callable[..., Figures], *, times: int) -> Case:
    def run(place: Path, *, seed: int, quick: bool) -> dict[str, Any]:
        arguments = {'seed': str(seed)}
        with World(place / 'run', log=place / 'log', arguments=arguments) as world:
            figures = case(world, times=2 if quick else times, rng=random.Random(seed))
        return _judged(figures) | {'kills': world.kills}

    return run


def _cut_off(
    case: Callable[..., Figures], sides: Sides, *, quickly: dict[str, float], **long: float
) -> Case:
    def run(place: Path, *, seed: int, quick: bool) -> dict[str, Any]:
        conditions = quickly if quick else long
        try:
            figures = case(sides, place / 'run', place / 'log', seed=seed, **conditions)
        except NetworkUnavailableError as reason:
            raise CaseSkippedError(str(reason)) from reason
        return _judged(figures)

    return run


def _full_disk(place: Path, *, seed: int, quick: bool) -> dict[str, Any]:
    return _judged(disks.full_disk(place, seed=seed, seconds=4.0 if quick else 30.0))


def _read_only(place: Path, *, seed: int, quick: bool) -> dict[str, Any]:
    disks.read_only(place)
    return {}


def _damaged_files(place: Path, *, seed: int, quick: bool) -> dict[str, Any]:
    result = disks.damaged_files(place, seed=seed, at_most=2 if quick else None)
    if result['bad_stored']:
        result['failure'] = 'damaged transitions were stored'
    return result


def _judged(figures: Figures) -> dict[str, Any]:
    result = figures.as_dict()
    if not figures.is_whole:
        result['failure'] = 'transitions are missing, double or bad'
    return result


CASES: dict[str, Case] = {
    'learner_kill': _killing(kills.learner_kill, times=20),
    'actor_kill': _killing(kills.actor_kill, times=10),
    'bridge_kill': _killing(kills.bridge_kill, times=10),
    'all_kill': _killing(kills.all_kill, times=5),
    'outage': _cut_off(outage, two_machines, seconds=60.0, quickly={'seconds': 8.0}),
    'lossy': _cut_off(lossy, two_machines, seconds=120.0, quickly={'seconds': 8.0}),
    'outage_relay': _cut_off(outage, two_domains, seconds=60.0, quickly={'seconds': 8.0}),
    'lossy_relay': _cut_off(
        lossy,
        two_domains,
        seconds=120.0,
        resends=1,
        quickly={'seconds': 2.0, 'loss': 0.2, 'resends': 1},
    ),
    'fuzz': hostile.fuzz,
    'full_disk': _full_disk,
    'read_only': _read_only,
    'damaged_files': _damaged_files,
}

# What is run where the machine does not allow a case, and else only when it is asked for.
STAND_INS = {'outage': 'outage_relay', 'lossy': 'lossy_relay'}
