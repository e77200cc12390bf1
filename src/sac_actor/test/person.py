# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A person at an actor's topics and services, on real ROS."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from sac_core.ros import names, qos
from sac_interfaces.msg import Intervention
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger

from .world import World


class Person:
    """Calls the services of the actor, presses the emergency stop and drives."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._node = world.spinner.node('person')
        advertise = self._node.create_publisher
        self._stops = advertise(Bool, names.EMERGENCY_STOP, qos.qos_profile_emergency_stop)
        self._wishes = advertise(Intervention, names.INTERVENTION, qos.qos_profile_intervention)

    def set(self, service: str, value: bool) -> SetBool.Response:
        return self._call(SetBool, service, SetBool.Request(data=value))

    def trigger(self, service: str) -> Trigger.Response:
        return self._call(Trigger, service, Trigger.Request())

    def _call(self, kind: Any, service: str, request: Any) -> Any:
        client = self._node.create_client(kind, f'/actor/{service}')
        self._world.until(client.service_is_ready)
        future = client.call_async(request)
        self._world.until(future.done)
        self._node.destroy_client(client)
        return future.result()

    def press_emergency_stop(self, pressed: bool = True) -> None:
        self._stops.publish(Bool(data=pressed))

    def drive(self, action: Sequence[float], *, active: bool = True, stamp: int = 0) -> None:
        """Drive by one message.

        :param stamp: [s]
        """
        message = Intervention(active=active, action=array('f', action))
        message.header.stamp.sec = stamp
        self._wishes.publish(message)

    def drive_on(self, action: Sequence[float], *, stamp: int = 0) -> Any:
        """Drive steadily; return the timer, which ends it when it is canceled."""
        return self._node.create_timer(0.02, lambda: self.drive(action, stamp=stamp))
