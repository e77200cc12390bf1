# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Brings what was written to the disk itself, every few seconds, on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
import threading


class SyncThread:
    """Calls a function that syncs, as long as there is something to sync.

    :param period: longest time from writing to the begin of the sync [s]
    :param sync: may take long; raises OSError where the disk fails
    """

    def __init__(self, period: float, sync: Callable[[], None]) -> None:
        self._period = period
        self._sync = sync
        self._written = threading.Event()
        self._end = threading.Event()
        self.problem = ''
        self._thread = threading.Thread(target=self._run, name='sync', daemon=True)
        self._thread.start()

    def note_written(self) -> None:
        """Note that there is something to sync."""
        self._written.set()

    def close(self) -> None:
        """Sync for the last time and end the thread."""
        self._end.set()
        self._written.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.is_set():
            self._written.wait()
            self._end.wait(self._period)
            self._sync_now()
        self._sync_now()  # what was written during the last sync

    def _sync_now(self) -> None:
        self._written.clear()
        try:
            self._sync()
        except OSError as error:
            self.problem = f'not synced: {error.strerror or error}'
            self._written.set()  # once more after the period
        else:
            self.problem = ''
