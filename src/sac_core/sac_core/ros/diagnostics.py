# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes the state of the parts of a node on /diagnostics, named as REP-107 asks."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node
from sac_core.diagnostics import Status
from sac_core.ros.names import DIAGNOSTICS
from sac_core.ros.workarounds.publishing import NoGilPublisher
from sac_core.sender_thread import SenderThread


class DiagnosticsPublisher:
    """Publisher of statuses, named 'NODE: PART' with the node's namespace, if it has one.

    :param hardware_id: of the device behind the node, 'none' for a program
    :param sender: its thread sends; None: the one that publishes
    """

    def __init__(
        self, node: Node, hardware_id: str = 'none', *, sender: SenderThread | None = None
    ) -> None:
        self._node = node
        self._publisher = NoGilPublisher(node, DiagnosticArray, DIAGNOSTICS, 10, sender=sender)
        self._name = node.get_fully_qualified_name().lstrip('/')
        self._hardware_id = hardware_id

    def publish(self, *statuses: Status) -> None:
        """Publish the state of one or more parts at once."""
        array = DiagnosticArray(status=[self._message(status) for status in statuses])
        array.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array)

    def _message(self, status: Status) -> DiagnosticStatus:
        return DiagnosticStatus(
            name=f'{self._name}: {status.part}',
            hardware_id=self._hardware_id,
            level=bytes([status.level]),
            message=status.message,
            values=[KeyValue(key=key, value=_text(value)) for key, value in status.values.items()],
        )


def _text(value: object) -> str:
    return f'{value:.6g}' if isinstance(value, float) else str(value)
