# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Finds publishers that a subscription cannot hear: they promise less than it asks for.

The middleware keeps both apart without a word to either, but for one warning of rclpy.
"""

from __future__ import annotations

from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

_UNKNOWN = '_NODE_NAME_UNKNOWN_'  # to rmw: just discovered, or no node of ROS


def find_misfit(node: Node, message_type: type[Any], topic: str, profile: QoSProfile) -> str:
    """Say who publishes on a topic what a subscription of this type and profile never gets.

    :return: the first such publisher, what it offers and what is wanted; empty: there is none
    """
    kind = f'{message_type.__module__.split(".")[0]}/msg/{message_type.__name__}'
    for publisher in node.get_publishers_info_by_topic(node.resolve_topic_name(topic)):
        offered = publisher.qos_profile
        differences = []
        if publisher.topic_type != kind:
            differences.append(f'as {publisher.topic_type}, wanted {kind}')
        if (
            profile.reliability == ReliabilityPolicy.RELIABLE
            and offered.reliability == ReliabilityPolicy.BEST_EFFORT
        ):
            differences.append('best effort, wanted reliable')
        if (
            profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
            and offered.durability == DurabilityPolicy.VOLATILE
        ):
            differences.append('volatile, wanted transient local')
        if differences:
            name = f'{publisher.node_namespace.rstrip("/")}/{publisher.node_name}'
            if _UNKNOWN in name:
                name = 'somebody'
            return f'{name} publishes {topic} {" and ".join(differences)}: nothing of it arrives'
    return ''
