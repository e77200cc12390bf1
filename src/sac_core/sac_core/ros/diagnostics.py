# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes the state of one part of a node on /diagnostics, named as REP-107 asks."""

from __future__ import annotations

from collections.abc import Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node
from sac_core.ros.names import DIAGNOSTICS


class DiagnosticsPublisher:
    """Publisher of one status, named 'NODE: PART' with the node's namespace, if it has one.

    :param part: of the node, in a few words
    :param hardware_id: of the device behind it, 'none' for a program
    """

    def __init__(self, node: Node, part: str, hardware_id: str = 'none') -> None:
        self._node = node
        self._publisher = node.create_publisher(DiagnosticArray, DIAGNOSTICS, 10)
        self._status = DiagnosticStatus(
            name=f'{node.get_fully_qualified_name().lstrip("/")}: {part}',
            hardware_id=hardware_id,
        )

    def publish(
        self, message: str, *, warn: bool = False, values: Mapping[str, object] | None = None
    ) -> None:
        """Publish the state.

        :param message: what a person reads first
        :param warn: something is wrong, and work goes on
        :param values: figures and names behind it
        """
        status = self._status
        status.level = DiagnosticStatus.WARN if warn else DiagnosticStatus.OK
        status.message = message
        status.values = [
            KeyValue(key=key, value=str(value)) for key, value in (values or {}).items()
        ]
        array = DiagnosticArray(status=[status])
        array.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array)
