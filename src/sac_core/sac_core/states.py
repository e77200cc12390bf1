# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""States and stop codes, named as the constants of ActorStatus.msg and LearnerStatus.msg.

Code that is free of ROS compares with these; a test keeps them equal to those of the messages.
"""

from __future__ import annotations

from typing import Final


class ActorState:
    """`state` of ActorStatus.msg."""

    WAITING: Final = 'waiting'
    RUNNING: Final = 'running'
    EVALUATING: Final = 'evaluating'
    PAUSED: Final = 'paused'
    HOLDING: Final = 'holding'
    STOPPED: Final = 'stopped'
    FINISHED: Final = 'finished'


class LearnerState:
    """`state` of LearnerStatus.msg."""

    WAITING: Final = 'waiting'
    OFFLINE: Final = 'offline'
    RESUMING: Final = 'resuming'
    FILLING: Final = 'filling'
    TRAINING: Final = 'training'
    PAUSED: Final = 'paused'
    FINISHED: Final = 'finished'


class StopCode:
    """`stop_code` of ActorStatus.msg; empty while the robot may move."""

    EMERGENCY: Final = 'emergency_stop'
    OPERATOR: Final = 'operator'
    WATCHDOG: Final = 'watchdog'


class ExitReason:
    """`exit_reason` of a node that was told to end; after a failure it says what failed."""

    FINISHED: Final = 'finished'
    SIGINT: Final = 'SIGINT'
    SIGTERM: Final = 'SIGTERM'
