# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes what the limit watch has seen, as key-value pairs, and resets it on request."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from panda_sim.limits import LimitWatch
from panda_sim.ros import driver_topics as topics
from rclpy.node import Node
from std_srvs.srv import Trigger


class LimitsPublisher:
    """
    Topic panda_sim/limits and service panda_sim/reset_limits.

    Keys: NAME (the largest value since the last reset), NAME/limit, NAME/exceeded (ticks of 1 ms
    above it), for each quantity; position_margin (rad); tcp_lower/x ... tcp_upper/z (m); ticks.
    """

    def __init__(self, node: Node, limits: LimitWatch) -> None:
        self._limits = limits
        self._publisher = node.create_publisher(
            DiagnosticStatus, 'panda_sim/limits', topics.RELIABLE
        )
        node.create_service(Trigger, 'panda_sim/reset_limits', self._reset)

    def publish(self) -> None:
        """Publish all of it."""
        limits = self._limits
        values: dict[str, float] = {
            'ticks': limits.ticks,
            'position_margin': limits.position_margin,
        }
        exceeded = []
        for extreme in limits.extremes():
            values[extreme.name] = extreme.largest
            values[f'{extreme.name}/limit'] = extreme.limit
            values[f'{extreme.name}/exceeded'] = extreme.exceeded
            if extreme.exceeded:
                exceeded.append(extreme.name)
        for name, corner in (('tcp_lower', limits.tcp_lower), ('tcp_upper', limits.tcp_upper)):
            values |= {
                f'{name}/{axis}': float(value) for axis, value in zip('xyz', corner, strict=True)
            }
        self._publisher.publish(
            DiagnosticStatus(
                level=DiagnosticStatus.WARN if exceeded else DiagnosticStatus.OK,
                name='panda_sim: Limits',
                message=f'exceeded: {", ".join(exceeded)}' if exceeded else 'within limits',
                values=[KeyValue(key=key, value=f'{value:.6g}') for key, value in values.items()],
            )
        )

    def _reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._limits.reset()
        response.success = True
        return response
