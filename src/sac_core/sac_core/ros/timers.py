# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Timers that no change of the time of day can hold up, nor a simulated time that stands still."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.timer import Timer


def create_timer(node: Node, period: float, callback: Callable[[], None]) -> Timer:
    """Call back steadily on the node's executor, by the monotonic clock.

    rclpy's own default goes by ROS time: set the computer's clock back by two minutes, and such
    a timer stands still for two minutes.

    :param period: [s]
    """
    return node.create_timer(period, callback, clock=Clock(clock_type=ClockType.STEADY_TIME))
