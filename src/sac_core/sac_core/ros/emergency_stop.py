# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Hears the emergency stop from whoever presses it, whatever QoS it is published with."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node
from sac_core.ros import names, qos
from sac_core.ros.workarounds import batched_subscription
from std_msgs.msg import Bool


def subscribe_emergency_stop(node: Node, callback: Callable[[Bool], None]) -> None:
    """Subscribe to the emergency stop.

    A subscription that asks for latched messages gets none from a publisher that does not latch,
    and one that does not ask for them misses a press from before it began. Hence both.

    :param callback: may get a message twice
    """
    for profile in (qos.qos_profile_emergency_stop_heard, qos.qos_profile_emergency_stop_any):
        batched_subscription.subscribe(node, Bool, names.EMERGENCY_STOP, callback, profile)
