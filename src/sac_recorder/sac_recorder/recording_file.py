# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""One MCAP file of messages as they came over the network, in rosbag2's conventions.

Chunked and indexed. What is flushed survives the death of the process: a file without its end is
read from the front, and mended by the next start.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcap.writer import CompressionType, Writer

PROFILE = 'ros2'
SCHEMA_ENCODING = 'ros2msg'
MESSAGE_ENCODING = 'cdr'
_LIBRARY = 'sac_recorder'


@dataclass(frozen=True)
class Topic:
    """A topic as a recording describes it.

    :param type_name: as 'sac_interfaces/msg/EnvSpec'
    :param schema: the definition of the type, see `message_definitions`
    :param metadata: of the channel: `offered_qos_profiles` and `topic_type_hash`, as in rosbag2
    """

    name: str
    type_name: str
    schema: str
    metadata: tuple[tuple[str, str], ...] = ()


class RecordingFile:
    """A file to which messages are appended.

    :param path: must not exist
    :param chunk_size: bytes of messages that are compressed together
    :raises OSError: here and in every method, where the disk does not take it
    """

    def __init__(self, path: Path, *, chunk_size: int) -> None:
        self.path = path
        self._stream = path.open('xb')
        self._writer = Writer(
            self._stream, chunk_size=chunk_size, compression=CompressionType.ZSTD
        )
        self._writer.start(profile=PROFILE, library=_LIBRARY)
        self._schemas: dict[str, int] = {}
        self._channels: dict[Topic, int] = {}

    def write(self, topic: Topic, data: bytes, *, log_time: int, publish_time: int) -> None:
        """Append a message.

        :param data: CDR with its header of four bytes
        :param log_time: when it was heard [ns since 1970]
        :param publish_time: when it was published, likewise
        """
        channel = self._channels.get(topic)
        if channel is None:
            channel = self._channels[topic] = self._register(topic)
        self._writer.add_message(
            channel_id=channel, log_time=log_time, data=data, publish_time=publish_time
        )

    def flush(self) -> None:
        """Hand what was written so far to the system, which keeps it when this process dies."""
        self._writer.flush()

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._stream.tell()

    def close(self) -> None:
        """Write index and summary, and close."""
        self._writer.finish()
        self._stream.close()

    def abandon(self) -> None:
        """Close a file whose disk takes no more; what is in it stays readable."""
        try:
            self._stream.close()
        except OSError:
            pass

    def _register(self, topic: Topic) -> int:
        if topic.type_name not in self._schemas:
            self._schemas[topic.type_name] = self._writer.register_schema(
                topic.type_name, SCHEMA_ENCODING, topic.schema.encode()
            )
        return self._writer.register_channel(
            topic.name,
            MESSAGE_ENCODING,
            self._schemas[topic.type_name],
            dict(topic.metadata),
        )
