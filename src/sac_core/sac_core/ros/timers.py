# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Timers and repeated log lines by the monotonic clock.

rclpy's own defaults go by ROS or system time: set the computer's clock back by two minutes, and
they stand still for two minutes; with a simulated time that is never published, for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.timer import Timer

_STEADY = Clock(clock_type=ClockType.STEADY_TIME)


def create_timer(node: Node, period: float, callback: Callable[[], None]) -> Timer:
    """Call back steadily on the node's executor.

    :param period: [s]
    """
    return node.create_timer(period, callback, clock=_STEADY)


def throttled(period: float) -> dict[str, Any]:
    """Return the options of a log call that lets one line through in each period.

    :param period: [s]
    """
    return {'throttle_duration_sec': period, 'throttle_time_source_type': _STEADY}
