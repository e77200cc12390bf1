# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A loop that asks its learner in every tick and waits for the answer, whose server dies halfway.

This is how the systems before this one talk to their learner: a request over TCP, a pickle, and a
time-out (agentlace's is 800 ms). The server is a stand-in that stores nothing.
"""

from __future__ import annotations

from collections.abc import Callable
import multiprocessing
from multiprocessing.connection import Connection
import pickle
import socket
import time

import numpy as np

from loops.plain_loop import run_plain_loop
from loops.tick_record import TickRecord

_TIMEOUT = 0.8  # [s]
_RETRY = 0.01  # [s] between two tries to connect
_LENGTH_BYTES = 4


def run_blocking_loop(act: Callable[[], None], *, rate: float, seconds: float) -> TickRecord:
    """Tick for a while; after half of it the server is killed.

    :param act: one tick's work beside the request
    """
    context = multiprocessing.get_context('spawn')
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    address = ours.recv()
    client = _Client(address)
    transition = {
        'observations': np.zeros(17, np.float32),
        'actions': np.zeros(6, np.float32),
        'next_observations': np.zeros(17, np.float32),
        'rewards': 0.0,
    }
    dies_ns = time.monotonic_ns() + round(seconds * 0.5e9)

    def tick() -> None:
        act()
        if server.is_alive() and time.monotonic_ns() > dies_ns:
            server.kill()
            server.join()
        client.request(transition)

    try:
        return run_plain_loop(tick, rate=rate, seconds=seconds)
    finally:
        client.close()
        server.kill()
        server.join()


class _Client:
    """Sends requests and waits for answers; where the server is gone, tries until time is up."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._connection: socket.socket | None = None

    def request(self, content: object) -> bool:
        """Return whether an answer came in time."""
        data = pickle.dumps(content)
        deadline = time.monotonic() + _TIMEOUT
        while time.monotonic() < deadline:
            try:
                if self._connection is None:
                    self._connection = socket.create_connection(self._address, timeout=_TIMEOUT)
                self._connection.sendall(len(data).to_bytes(_LENGTH_BYTES, 'big') + data)
                if self._connection.recv(1):
                    return True
            except OSError:
                time.sleep(_RETRY)
            self.close()
        return False

    def close(self) -> None:
        """End the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _serve(pipe: Connection) -> None:
    with socket.create_server(('127.0.0.1', 0)) as listener:
        pipe.send(listener.getsockname())
        connection, _ = listener.accept()
        with connection, connection.makefile('rb') as stream:
            while length := stream.read(_LENGTH_BYTES):
                pickle.loads(stream.read(int.from_bytes(length, 'big')))
                connection.sendall(b'1')
