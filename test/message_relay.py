# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Carries the messages between the robot's side and the learner's, in two ROS domains, badly.

Run as `python message_relay.py ROBOT_DOMAIN DESK_DOMAIN SEED`. Conditions come as lines of JSON on
standard input, {"loss": 0.05, "delay": [0.02, 0.03], "cut": false}; each is answered by a line
with the messages that were carried and lost so far. It ends with its standard input.

What is lost here is a whole message, which nobody repeats: harsher than a network, where the
middleware notices that a packet is missing. As with the middleware, the messages of a topic stay
in order, and after a cut who was away gets what is latched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
import heapq
import json
import os
import random
import sys
import threading
import time
from typing import Any

from network_relay import Conditions
import rclpy
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sac_core.ros import names, qos
from sac_interfaces import msg

Send = Callable[[bytes], None]

TO_DESK: tuple[tuple[Any, str, QoSProfile], ...] = (
    (msg.EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec),
    (msg.TransitionBatch, names.TRANSITIONS, qos.qos_profile_transitions),
    (msg.Episode, names.EPISODE, qos.qos_profile_episode),
    (msg.ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status),
)
TO_ROBOT: tuple[tuple[Any, str, QoSProfile], ...] = (
    (msg.PolicyWeights, names.POLICY_WEIGHTS, qos.qos_profile_policy_weights),
    (msg.TransitionAck, names.TRANSITION_ACK, qos.qos_profile_transition_ack),
    (msg.LearnerStatus, names.LEARNER_STATUS, qos.qos_profile_status),
)


class Line:
    """Decides what becomes of each message, and hands it out when its time has come.

    :param seed: of what is lost and how long it takes; which message it hits depends on the
        clocks of those who send
    """

    def __init__(self, *, seed: int) -> None:
        self._conditions = Conditions()
        self.carried = 0
        self.lost = 0
        self._random = random.Random(seed)
        self._changed = threading.Condition()
        self._under_way: list[tuple[float, int, Send, bytes]] = []
        self._last_due: dict[Send, float] = {}
        self._latched: deque[tuple[Send, bytes]] = deque()  # came during a cut
        self._number = 0

    def set_conditions(self, conditions: Conditions) -> None:
        """Change what becomes of what comes from now on."""
        with self._changed:
            self._conditions = conditions
            while self._latched and not conditions.cut:
                self._start(*self._latched.popleft())

    def take_in(self, send: Send, data: bytes, *, latched: bool) -> None:
        """Take a message, from any thread.

        :param send: hands it out; that of its topic
        :param latched: who was away gets it afterwards
        """
        with self._changed:
            now = self._conditions
            if now.cut and latched:
                self._latched.append((send, data))
            elif now.cut or self._random.random() < now.loss:
                self.lost += 1
            else:
                self._start(send, data)

    def _start(self, send: Send, data: bytes) -> None:
        arrival = time.monotonic() + self._random.uniform(*self._conditions.delay)
        due = self._last_due[send] = max(arrival, self._last_due.get(send, 0.0))
        self._number += 1
        heapq.heappush(self._under_way, (due, self._number, send, data))
        self._changed.notify()

    def hand_out(self) -> None:
        """Send each message when its time has come; never returns."""
        while True:
            with self._changed:
                while (left := self._time_left()) is None or left > 0:
                    self._changed.wait(left)
                _, _, send, data = heapq.heappop(self._under_way)
                self.carried += 1
            send(data)

    def _time_left(self) -> float | None:
        return self._under_way[0][0] - time.monotonic() if self._under_way else None


class Side:
    """A node in one domain."""

    def __init__(self, name: str, domain_id: int) -> None:
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain_id)
        self.node = Node(f'relay_{name}', context=self._context)

    def spin(self) -> None:
        """Take in what comes; never returns."""
        executor = SingleThreadedExecutor(context=self._context)
        executor.add_node(self.node)
        try:
            executor.spin()
        except ExternalShutdownException:
            pass


def connect(here: Side, there: Side, line: Line, topics: tuple[Any, ...]) -> None:
    """Carry topics from one side to the other, as bytes and with the QoS of the originals."""
    for message_type, topic, profile in topics:
        latched = profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
        send = there.node.create_publisher(message_type, topic, profile).publish

        def take(data: bytes, send: Send = send, latched: bool = latched) -> None:
            line.take_in(send, data, latched=latched)

        here.node.create_subscription(message_type, topic, take, profile, raw=True)


def main() -> None:
    """Carry messages until standard input ends."""
    robot, desk = Side('robot', int(sys.argv[1])), Side('desk', int(sys.argv[2]))
    line = Line(seed=int(sys.argv[3]))
    connect(robot, desk, line, TO_DESK)
    connect(desk, robot, line, TO_ROBOT)
    for work in (robot.spin, desk.spin, line.hand_out):
        threading.Thread(target=work, daemon=True).start()
    print(json.dumps({'carried': 0, 'lost': 0}), flush=True)
    for text in sys.stdin:
        line.set_conditions(Conditions(**json.loads(text)))
        print(json.dumps({'carried': line.carried, 'lost': line.lost}), flush=True)
    os._exit(0)  # the threads wait for ever


if __name__ == '__main__':
    main()
