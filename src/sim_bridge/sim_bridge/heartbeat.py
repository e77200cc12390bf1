# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A sign of life at equal distances, also while the environment keeps the main thread busy."""

from __future__ import annotations

from collections.abc import Callable
import threading


class Heartbeat:
    """Calls back on a thread of its own until it is stopped.

    :param beat: must be safe to call from that thread
    :param period: [s]
    """

    def __init__(self, beat: Callable[[], None], *, period: float) -> None:
        self._beat = beat
        self._period = period
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name='heartbeat', daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Call back no more."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._period):
            self._beat()
