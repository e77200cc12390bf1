# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Finds a task by its name: one of this package, of an installed one, or MODULE:Class."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from typing import Any

from franka_bridge.base import BaseFrame, ORIGIN
from franka_bridge.kinematics import JOINT_RANGES
from franka_bridge.tasks.task import Task
from sac_core.settings import Setting, settings_of

ENTRY_POINTS = 'sac.tasks'  # the group under which other packages offer theirs
_OWN = {
    'joint_reach': 'franka_bridge.tasks.joint_reach:JointReach',
    'reach': 'franka_bridge.tasks.reach:Reach',
    'peg_insert': 'franka_bridge.tasks.peg_insert:PegInsert',
}


def known_tasks() -> dict[str, str]:
    """Name the tasks of this package and of the installed ones, each as MODULE:Class."""
    return {each.name: each.value for each in entry_points(group=ENTRY_POINTS)} | _OWN


def find_task(name: str) -> type[Task]:
    """Import a task.

    :param name: one of `known_tasks`, or MODULE:Class
    :raises ValueError: where there is none of that name, or it is not a task
    """
    known = known_tasks()
    module, separator, attribute = known.get(name, name).partition(':')
    if not separator:
        raise ValueError(
            f'task must be one of {", ".join(sorted(known))}, or MODULE:Class, got {name!r}'
        )
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f'task {name!r} cannot be imported: {error}') from error
    if not (isinstance(found, type) and issubclass(found, Task)):
        raise ValueError(f'task {name!r} must be a subclass of Task, got {found!r}')
    return found


def make_task(name: str, robot_type: str, base: BaseFrame = ORIGIN, **numbers: Any) -> Task:
    """Make a task for an arm.

    :param name: as for `find_task`
    :param robot_type: 'fr3' or 'fer'
    :param base: of the arm; all points of the task are in the world
    :param numbers: other values than the task's own defaults
    :raises ValueError: naming what is unknown or out of its range
    """
    known = _numbers_of(name)
    if robot_type not in JOINT_RANGES:
        raise ValueError(f'robot_type must be one of {sorted(JOINT_RANGES)}, got {robot_type!r}')
    task_class = find_task(name)
    for number in numbers:
        if number not in known:
            raise ValueError(f'{number} is no number of task {name}: {sorted(known)}')
    return task_class(robot_type, task_class.config_class(**numbers), base)


def read_numbers(name: str, text: str) -> dict[str, Any]:
    """Read numbers of a task as they are written in a parameter.

    :param text: 'name=value; ...', with commas between the values of a point
    :raises ValueError: naming the part that says nothing
    """
    known = _numbers_of(name)
    numbers: dict[str, Any] = {}
    for row in filter(None, map(str.strip, text.split(';'))):
        number, _, value = (part.strip() for part in row.partition('='))
        if number not in known:
            raise ValueError(f'{number} is no number of task {name}: {sorted(known)}')
        convert = int if known[number].type is int else float
        try:
            values = tuple(convert(each) for each in value.split(','))
        except ValueError as error:
            raise ValueError(f'task_numbers must be NAME=VALUE; ..., got {row!r}') from error
        numbers[number] = values if isinstance(known[number].default, tuple) else values[0]
    return numbers


def _numbers_of(name: str) -> dict[str, Setting]:
    return {each.name: each for each in settings_of(find_task(name).config_class)}
