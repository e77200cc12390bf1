# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Carries commands to the nodes of a run: by their services, and by the emergency stop's topic."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any

from rclpy.client import Client
from rclpy.exceptions import InvalidServiceNameException
from rclpy.node import Node
from sac_core.ros import names, qos
from sac_core.ros.emergency_stop import subscribe_emergency_stop
from sac_dashboard.commands import ACTOR, Answer, Command, LEARNER, OPERATOR_REQUESTS, RUN
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger

_LEARNER_NODE = 'learner'


class Operator:
    """Commands may be given from any thread; all else happens in the node's executor.

    :param knows_actor: says whether a node is an actor of the run
    :param on_emergency_stop: told what is said on its topic
    """

    def __init__(
        self,
        node: Node,
        knows_actor: Callable[[str], bool],
        on_emergency_stop: Callable[[bool], None],
    ) -> None:
        self._node = node
        self._knows_actor = knows_actor
        self._on_emergency_stop = on_emergency_stop
        self._pressed = False  # whether the emergency stop is latched here
        self._queue: SimpleQueue[tuple[Command, Future[Answer]]] = SimpleQueue()
        self._services: dict[tuple[str, str], Client] = {}  # by node and service
        self._guard = node.create_guard_condition(self._take)
        self._stops = node.create_publisher(
            Bool, names.EMERGENCY_STOP, qos.qos_profile_emergency_stop
        )
        subscribe_emergency_stop(node, self._hear_emergency_stop)
        self.prepare(LEARNER, _LEARNER_NODE)

    def prepare(self, receiver: str, node_name: str) -> None:
        """Look for the services of a node, so that they are found before somebody needs them.

        :raises ValueError: where no node can have this name
        """
        for wanted in OPERATOR_REQUESTS.values():
            if wanted.receiver == receiver and (node_name, wanted.service) not in self._services:
                kind = Trigger if wanted.value is None else SetBool
                try:
                    client = self._node.create_client(kind, f'{node_name}/{wanted.service}')
                except InvalidServiceNameException as error:
                    raise ValueError(f'no node can be called {node_name!r}') from error
                self._services[node_name, wanted.service] = client

    def submit(self, command: Command) -> Future[Answer]:
        """Give a command; its answer may never come."""
        answer: Future[Answer] = Future()
        self._queue.put((command, answer))
        self._guard.trigger()
        return answer

    def _take(self) -> None:
        while True:
            try:
                command, answer = self._queue.get_nowait()
            except Empty:
                return
            self._node.get_logger().warning(f'from the page: {command.name} {command.actor}')
            if command.wanted.receiver == RUN:
                answer.set_result(self._say_emergency_stop(command.wanted.value is True))
            else:
                self._call(command, answer)

    def _say_emergency_stop(self, pressed: bool) -> Answer:
        self._pressed = pressed
        self._stops.publish(Bool(data=pressed))
        if pressed:
            return Answer(True, 'emergency stop')
        return Answer(True, 'emergency stop let go; each robot waits for its release')

    def _hear_emergency_stop(self, message: Bool) -> None:
        """Let what is latched here go when somebody else lets the stop go."""
        if self._pressed and not message.data:
            self._pressed = False
            self._stops.publish(message)
        self._on_emergency_stop(bool(message.data))

    def _call(self, command: Command, answer: Future[Answer]) -> None:
        wanted = command.wanted
        if wanted.receiver == ACTOR and not self._knows_actor(command.actor):
            answer.set_result(Answer(False, f'no actor {command.actor} in this run'))
            return
        node_name = command.actor or _LEARNER_NODE
        service = self._services.get((node_name, wanted.service))
        if service is None or not service.service_is_ready():
            answer.set_result(Answer(False, f'{node_name} cannot be reached'))
            return
        request: Any = Trigger.Request()
        if wanted.value is not None:
            request = SetBool.Request(data=wanted.value)

        def on_response(future: Any) -> None:
            response = future.result()
            if response is not None and not answer.done():
                answer.set_result(Answer(bool(response.success), str(response.message)))

        service.call_async(request).add_done_callback(on_response)
