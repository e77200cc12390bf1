# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Hears of parameters that people change while the run is under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rcl_interfaces.msg import ParameterEvent
from rclpy.node import Node
from rclpy.parameter import parameter_value_to_python
from rclpy.qos import qos_profile_parameter_events
from sac_monitor.ros.parameter_reader import plain

_TOPIC = '/parameter_events'


def listen_to_changes(node: Node, deliver: Callable[[str, str, Any], None]) -> None:
    """Deliver the fully qualified name of a node, and what of it was changed to which value."""

    def on_event(event: ParameterEvent) -> None:
        for each in event.changed_parameters:
            deliver(event.node, each.name, plain(parameter_value_to_python(each.value)))

    node.create_subscription(ParameterEvent, _TOPIC, on_event, qos_profile_parameter_events)
