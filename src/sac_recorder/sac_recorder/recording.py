# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Takes messages without ever waiting, and writes them on a thread of its own.

What the disk does not take in time is dropped and counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
import queue
import threading
import time

from sac_recorder.bag_directory import BagDirectory
from sac_recorder.recording_file import RecordingFile, Topic
from sac_recorder.settings import RecorderSettings


@dataclass(frozen=True)
class _Message:
    topic: Topic
    data: bytes
    log_time: int
    publish_time: int


class Recording:
    """One start's file in the directory of a recording.

    :raises OSError: where the file cannot be made
    """

    def __init__(self, directory: BagDirectory, settings: RecorderSettings) -> None:
        self._directory = directory
        self._flush_period = settings.flush_period
        self._file = RecordingFile(directory.next_file(), chunk_size=settings.chunk_size)
        self._queue: queue.Queue[_Message | None] = queue.Queue(settings.queue_capacity)
        self.written: Counter[str] = Counter()  # messages by topic
        self.dropped: Counter[str] = Counter()  # likewise
        self.size = 0  # bytes in the file
        self.problem = ''  # why nothing more is written
        self._thread = threading.Thread(target=self._run, name='recording', daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """Name of the file."""
        return self._file.path.name

    def put(self, topic: Topic, data: bytes, *, log_time: int, publish_time: int) -> None:
        """Hand over a message; returns at once."""
        try:
            self._queue.put_nowait(_Message(topic, data, log_time, publish_time))
        except queue.Full:
            self.dropped[topic.name] += 1

    def close(self) -> None:
        """Write what waits, and end the file and the thread."""
        self._queue.put(None)
        self._thread.join()
        if not self.problem:
            try:
                self._file.close()
                self._directory.write_metadata()
            except OSError as error:
                self._stop(error)

    def _run(self) -> None:
        next_flush = time.monotonic() + self._flush_period
        while True:
            try:
                message = self._queue.get(timeout=max(0.0, next_flush - time.monotonic()))
                if message is None:
                    return
                self._write(message)
            except queue.Empty:
                pass
            if time.monotonic() >= next_flush:
                next_flush = time.monotonic() + self._flush_period
                self._flush()

    def _write(self, message: _Message) -> None:
        topic = message.topic
        if self.problem:
            self.dropped[topic.name] += 1
            return
        try:
            self._file.write(
                topic,
                message.data,
                log_time=message.log_time,
                publish_time=message.publish_time,
            )
            self.written[topic.name] += 1
        except OSError as error:
            self.dropped[topic.name] += 1
            self._stop(error)

    def _flush(self) -> None:
        if self.problem:
            return
        try:
            self._file.flush()
            self.size = self._file.size
        except OSError as error:
            self._stop(error)

    def _stop(self, error: OSError) -> None:
        """Write no more: after half a record nothing could be read."""
        self.problem = error.strerror or str(error)
        self._file.abandon()
