# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Finds a task by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from franka_bridge.base import BaseFrame, ORIGIN
from franka_bridge.kinematics import JOINT_RANGES
from franka_bridge.tasks.joint_reach import JointReach, JointReachConfig
from franka_bridge.tasks.peg_insert import PegInsert, PegInsertConfig
from franka_bridge.tasks.reach import Reach, ReachConfig
from franka_bridge.tasks.task import Task
from sac_core.settings import Setting, Settings, settings_of

# Of each task: how it is made, and the numbers that can be chosen.
TASKS: dict[str, tuple[Callable[[str, Any, BaseFrame], Task], type[Settings]]] = {
    JointReach.name: (JointReach, JointReachConfig),
    Reach.name: (Reach, ReachConfig),
    PegInsert.name: (PegInsert, PegInsertConfig),
}


def make_task(name: str, robot_type: str, base: BaseFrame = ORIGIN, **numbers: Any) -> Task:
    """Make a task for an arm.

    :param name: one of `TASKS`
    :param robot_type: 'fr3' or 'fer'
    :param base: of the arm; all points of the task are in the world
    :param numbers: other values than the task's own defaults
    :raises ValueError: naming what is unknown or out of its range
    """
    known = _numbers_of(name)
    if robot_type not in JOINT_RANGES:
        raise ValueError(f'robot_type must be one of {sorted(JOINT_RANGES)}, got {robot_type!r}')
    task_class, numbers_class = TASKS[name]
    for number in numbers:
        if number not in known:
            raise ValueError(f'{number} is no number of task {name}: {sorted(known)}')
    return task_class(robot_type, numbers_class(**numbers), base)


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
    if name not in TASKS:
        raise ValueError(f'task must be one of {sorted(TASKS)}, got {name!r}')
    return {each.name: each for each in settings_of(TASKS[name][1])}
