# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Robots that other packages bring: what they say of themselves, and how they are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
import importlib
from importlib.metadata import entry_points
from typing import Any

ENTRY_POINTS = 'sac.robots'  # the group under which packages offer theirs
OWN = ('sim', 'panda_sim', 'franka', 'external')  # see sac_bringup.robots


@dataclass(frozen=True, kw_only=True)
class RobotNode:
    """A process on the robot's side.

    :param package: of ROS, as `ros2 run` takes it
    :param parameters: that it is started with
    """

    package: str
    executable: str
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Robot:
    """A robot whose nodes are started with a run.

    :param env_id: what is learned, for the name of the run's directory
    :param nodes: its processes, the one with the suite's topics last
    :param waits: it stands still between two commands, as a simulator may: for control_rate:=0
    :param knows_run: its nodes have the parameter run_id and send it, as docs/own_robot.md says;
        else the run has run_id 0, like nodes that are started by hand
    """

    env_id: str
    nodes: tuple[RobotNode, ...]
    waits: bool = False
    knows_run: bool = False


def find_robot(name: str) -> Robot | None:
    """Import a robot; None for those of this package.

    :param name: as it is offered, or MODULE:NAME
    :raises ValueError: where there is none of that name, or it is not a `Robot`
    """
    if name in OWN:
        return None
    offered = {each.name: each.value for each in entry_points(group=ENTRY_POINTS)}
    module, separator, attribute = offered.get(name, name).partition(':')
    if not separator:
        known = ', '.join(sorted({*OWN, *offered}))
        raise ValueError(f'robot must be one of {known}, or MODULE:NAME, got {name!r}')
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f'robot {name!r} cannot be imported: {error}') from error
    if not isinstance(found, Robot):
        raise ValueError(f'robot {name!r} must be a sac_bringup Robot, got {found!r}')
    return found
