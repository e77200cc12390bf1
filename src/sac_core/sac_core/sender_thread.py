# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Sends on a thread of its own, so that who has something to say waits for no network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
import queue
import threading
import time
import traceback

from sac_core.timing import Samples


class SenderThread:
    """Does what it is given, in order. Lock-free: the caller never blocks.

    :param name: of the thread
    :param depth: how much may wait; for one more the oldest is left out
    """

    def __init__(self, name: str, *, depth: int) -> None:
        self._waiting: deque[Callable[[], None]] = deque(maxlen=depth)
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._name = name
        self.dropped = 0
        self.durations = Samples(1024)  # [s] of each that was sent
        self.failure = ''  # why nothing is sent any more; empty while all is well

    def start(self) -> None:
        """Begin; the thread gets the scheduling of the calling one. Only the first call counts."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._guarded_run, name=self._name, daemon=True)
            self._thread.start()

    def put(self, send: Callable[[], None]) -> None:
        """Hand over what is to be done; returns at once. Nothing is taken after the end."""
        if self._closed:
            return
        self.dropped += len(self._waiting) == self._waiting.maxlen
        self._waiting.append(send)
        # In this order: a thread that took the last word to wake sees what was appended before it.
        if self._wake.empty():
            self._wake.put(None)

    def close(self) -> None:
        """Do what was handed over by now, and end."""
        self._closed = True
        self._wake.put(None)
        if self._thread is not None:
            self._thread.join()

    def _guarded_run(self) -> None:
        try:
            while not self._closed:
                self._wake.get()
                self._send_waiting()
            self._send_waiting()  # what came between the last look and the end
        except Exception as error:  # noqa: BLE001  whatever it was, the owner must hear of it
            traceback.print_exc()
            self.failure = f'{self._name} cannot be sent: {error!r}'

    def _send_waiting(self) -> None:
        while True:
            try:
                send = self._waiting.popleft()
            except IndexError:
                return
            begun = time.monotonic()
            send()
            self.durations.add(time.monotonic() - begun)
