# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Lets actions wait for something that happens in the simulation."""

from __future__ import annotations

from collections.abc import Callable

from panda_sim.gripper import Gripper, GripperMotion
from rclpy.action.server import ServerGoalHandle
from rclpy.task import Future


class Conditions:
    """What actions under way wait for; `poll` looks at it after the simulation went on."""

    def __init__(self) -> None:
        self._open: list[tuple[Callable[[], bool], Future]] = []

    def until(self, holds: Callable[[], bool]) -> Future:
        """:return: to be awaited: done at the first `poll` at which the condition holds"""
        future = Future()
        self._open.append((holds, future))
        return future

    def poll(self) -> None:
        for entry in list(self._open):
            holds, future = entry
            if holds():
                self._open.remove(entry)
                future.set_result(None)

    def close(self) -> None:
        for _, future in self._open:
            future.cancel()


def has_ended(goal: ServerGoalHandle, motion: GripperMotion, gripper: Gripper) -> bool:
    """:return: whether the motion is done; it is stopped first if its goal was canceled"""
    if goal.is_cancel_requested and not motion.is_done:
        gripper.stop()
    return motion.is_done


def end(goal: ServerGoalHandle, *, succeeded: bool) -> None:
    """Bring a goal into its final state."""
    if goal.is_cancel_requested:
        goal.canceled()
    elif succeeded:
        goal.succeed()
    else:
        goal.abort()
