# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with the arm, and what each fault needs before the arm may move again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, IntEnum


class RobotMode(IntEnum):
    """FrankaRobotState.robot_mode."""

    OTHER = 0
    IDLE = 1
    MOVE = 2
    GUIDING = 3
    REFLEX = 4
    USER_STOPPED = 5
    AUTOMATIC_ERROR_RECOVERY = 6


class Need(Enum):
    """What must happen before the arm may move again."""

    NOTHING = 'ends by itself'  # as a state that was late
    CONTROLLER = 'activate the controller'
    RECOVERY = 'clear the error, then activate hardware and controller'
    PERSON = 'a person'


class Kind(Enum):
    """The kinds of fault, each with what it needs."""

    USER_STOP = 'user stop', Need.PERSON
    GUIDING = 'guided by hand', Need.PERSON
    OTHER_MODE = 'robot not ready', Need.NOTHING  # its brakes are closed, or it starts
    ERROR = 'robot error', Need.PERSON  # one that is not known to be harmless to clear
    REFLEX = 'reflex', Need.RECOVERY
    COMMUNICATION = 'communication constraints violation', Need.RECOVERY
    CLEARABLE = 'clearable robot error', Need.RECOVERY
    RECOVERING = 'the robot recovers by itself', Need.NOTHING
    CONTROLLER = 'controller not active', Need.CONTROLLER
    NO_CONTROLLER = 'controller not there', Need.NOTHING  # it may be about to be loaded
    SUCCESS_RATE = 'commands get lost', Need.NOTHING
    STALE = 'state stale', Need.NOTHING
    STOPPED = 'driver stopped', Need.RECOVERY  # whatever the cause was: no state tells it
    NOT_FINITE = 'state not finite', Need.PERSON
    JOINT_RANGE = 'joint beyond its range', Need.PERSON
    VELOCITY = 'joint too fast', Need.NOTHING
    WRENCH = 'external force', Need.NOTHING
    RESET = 'start not reached', Need.NOTHING
    UNREACHABLE = 'start not reached again and again', Need.PERSON

    def __init__(self, text: str, need: Need) -> None:
        self.text = text
        self.need = need


# The controller still follows its targets, and so can bring the arm to rest.
_UNDER_CONTROL = frozenset(
    {
        Kind.SUCCESS_RATE,
        Kind.JOINT_RANGE,
        Kind.VELOCITY,
        Kind.WRENCH,
        Kind.RESET,
        Kind.UNREACHABLE,
    }
)


@dataclass(frozen=True)
class Fault:
    """One fault.

    :param detail: numbers and names for a person
    """

    kind: Kind
    detail: str = ''

    @property
    def need(self) -> Need:
        """What must happen before the arm may move again."""
        return self.kind.need

    @property
    def is_under_control(self) -> bool:
        """Whether the arm can still be brought to rest by targets."""
        return self.kind in _UNDER_CONTROL

    def __str__(self) -> str:
        return f'{self.kind.text}: {self.detail}' if self.detail else self.kind.text


def fault_of_robot(
    mode: int, errors: Collection[str], recoverable: Collection[str]
) -> Fault | None:
    """Classify what the robot says of itself.

    :param mode: FrankaRobotState.robot_mode
    :param errors: names of the flags of current_errors that are set
    :param recoverable: flags that may be cleared without a person
    """
    flags = ', '.join(sorted(errors))
    if mode == RobotMode.USER_STOPPED:
        return Fault(Kind.USER_STOP, flags)
    if mode == RobotMode.GUIDING:
        return Fault(Kind.GUIDING)
    if unknown := sorted(set(errors) - set(recoverable)):
        return Fault(Kind.ERROR, ', '.join(unknown))
    if mode == RobotMode.AUTOMATIC_ERROR_RECOVERY:
        return Fault(Kind.RECOVERING)
    if 'communication_constraints_violation' in errors:
        return Fault(Kind.COMMUNICATION)
    if mode == RobotMode.REFLEX or any(name.endswith('_reflex') for name in errors):
        return Fault(Kind.REFLEX, flags)
    if errors:
        return Fault(Kind.CLEARABLE, flags)
    if mode == RobotMode.IDLE:
        return Fault(Kind.CONTROLLER, 'the robot is idle')
    if mode != RobotMode.MOVE:
        return Fault(Kind.OTHER_MODE, f'robot_mode {mode}')
    return None
