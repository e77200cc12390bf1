# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Who looks at a run: reads the stream of the dashboard's page, and listens as rqt does.

Started with the page's address. Prints VIEWING once both have begun, and at SIGTERM how much came.
"""

from __future__ import annotations

import http.client
import json
import signal
import sys
import threading
from urllib.parse import urlsplit

from diagnostic_msgs.msg import DiagnosticArray
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from sac_core.ros import names, qos
from sac_interfaces.msg import ActorStatus, Episode, LearnerStatus

VIEWING = 'viewing'


class PageReader(threading.Thread):
    """Takes what an open page would get, and counts its updates."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self.updates = 0
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)

    def run(self) -> None:
        self._connection.request('GET', '/events')
        for line in self._connection.getresponse():
            self.updates += line.startswith(b'event:')


def main() -> None:
    """View until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(0))
    page = PageReader(sys.argv[1])
    page.start()
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('viewer')
    heard = dict.fromkeys((names.DIAGNOSTICS, names.ACTOR_STATUS, names.LEARNER_STATUS), 0)

    def hear(topic: str) -> None:
        heard[topic] = heard.get(topic, 0) + 1

    for kind, topic, profile in (
        (DiagnosticArray, names.DIAGNOSTICS, 10),
        (ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status),
        (LearnerStatus, names.LEARNER_STATUS, qos.qos_profile_status),
        (Episode, names.EPISODE, qos.qos_profile_episode),
    ):
        node.create_subscription(kind, topic, lambda _, topic=topic: hear(topic), profile)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    said = False
    try:
        while True:
            executor.spin_once(timeout_sec=0.5)
            if not said and page.updates > 1 and all(heard.values()):
                said = True
                print(VIEWING, flush=True)
    finally:
        print(json.dumps({'page_updates': page.updates, 'messages': sum(heard.values())}))
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == '__main__':
    main()
