# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Asks the nodes of a run for their parameters, so that they can be recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rcl_interfaces.srv import GetParameters, ListParameters
from rclpy.client import Client
from rclpy.node import Node
from rclpy.parameter import parameter_value_to_python
from rclpy.task import Future


class ParameterReader:
    """Reads the parameters of each node that publishes on given topics, once per start of it.

    It asks for the nodes of the run, whatever they are called, and waits for none of them.
    """

    def __init__(
        self,
        node: Node,
        topics: Sequence[str],
        deliver: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._node = node
        self._topics = [node.resolve_topic_name(topic) for topic in topics]
        self._deliver = deliver
        self._clients: dict[tuple[str, bytes], tuple[Client, Client]] = {}
        self._asked: set[tuple[str, bytes]] = set()
        self._answered: set[tuple[str, bytes]] = set()

    def look(self) -> None:
        """Ask nodes that are new, and forget those that are gone or have answered."""
        present = set(self._publishers())
        for start in present - self._clients.keys() - self._answered:
            self._clients[start] = (
                self._node.create_client(ListParameters, f'{start[0]}/list_parameters'),
                self._node.create_client(GetParameters, f'{start[0]}/get_parameters'),
            )
        for start in (self._clients.keys() & self._answered) | (self._clients.keys() - present):
            self._asked.discard(start)
            for client in self._clients.pop(start):
                self._node.destroy_client(client)
        for start, clients in self._clients.items():
            if start not in self._asked and all(each.service_is_ready() for each in clients):
                self._asked.add(start)
                self._ask(start, *clients)

    def _publishers(self) -> list[tuple[str, bytes]]:
        """Name the publishing nodes; a restarted node has another publisher, with another id."""
        return [
            (f'{info.node_namespace.rstrip("/")}/{info.node_name}', bytes(info.endpoint_gid))
            for topic in self._topics
            for info in self._node.get_publishers_info_by_topic(topic)
            if not info.node_name.startswith('_')  # not known yet, or hidden
        ]

    def _ask(self, start: tuple[str, bytes], lister: Client, getter: Client) -> None:
        def on_names(future: Future) -> None:
            found = list(future.result().result.names)
            request = GetParameters.Request(names=found)
            getter.call_async(request).add_done_callback(lambda values: on_values(found, values))

        def on_values(found: list[str], future: Future) -> None:
            values = [plain(parameter_value_to_python(each)) for each in future.result().values]
            self._answered.add(start)
            known = {
                name: value for name, value in zip(found, values, strict=True) if value is not None
            }
            self._deliver(start[0], dict(sorted(known.items())))

        lister.call_async(ListParameters.Request()).add_done_callback(on_names)


def plain(value: Any) -> Any:
    """Turn a parameter's array into a list."""
    return list(value) if hasattr(value, '__len__') and not isinstance(value, str) else value
