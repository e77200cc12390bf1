# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The messages of an MCAP file from front to end, also of one that a kill or a disk cut short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import struct

from mcap.exceptions import McapError
from mcap.records import Channel, Chunk, Footer, McapRecord, Message, Schema
from mcap.stream_reader import breakup_chunk, StreamReader
import zstandard

_LARGEST_RECORD = 2**30  # bytes; a larger one is a damaged length
# What reading a damaged file can raise, RuntimeError being that of lz4.
_DAMAGED = (McapError, ValueError, RuntimeError, struct.error, zstandard.ZstdError, MemoryError)


class MessageStream:
    """Iterates over the whole messages of a file, each with its channel and schema.

    :ivar complete: the file has its end, known after the iteration
    :ivar problems: what is damaged, one line each, likewise
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.complete = False
        self.problems: list[str] = []
        self._schemas: dict[int, Schema] = {}
        self._channels: dict[int, Channel] = {}
        self._strays = 0

    def __iter__(self) -> Iterator[tuple[Schema, Channel, Message]]:
        """Read the file.

        :raises OSError: where it cannot be read
        """
        with self.path.open('rb') as stream:
            reader = StreamReader(stream, emit_chunks=True, record_size_limit=_LARGEST_RECORD)
            try:
                for record in reader.records:
                    yield from self._messages(record)
            except _DAMAGED as error:
                self.complete = False
                self.problems.append(_describe(error) or 'ends before its end')
        if self._strays:
            self.problems.append(f'{self._strays} messages of unknown channels')

    def _messages(self, record: McapRecord) -> Iterator[tuple[Schema, Channel, Message]]:
        if isinstance(record, Chunk):
            try:
                records = breakup_chunk(record, validate_crc=True)
            except _DAMAGED as error:  # the next chunk may be whole
                self.problems.append(_describe(error) or 'a chunk is cut short')
                return
            for each in records:
                yield from self._messages(each)
        elif isinstance(record, Schema):
            self._schemas[record.id] = record
        elif isinstance(record, Channel):
            self._channels[record.id] = record
        elif isinstance(record, Message):
            channel = self._channels.get(record.channel_id)
            schema = self._schemas.get(channel.schema_id) if channel else None
            if channel is None or schema is None:
                self._strays += 1
            else:
                yield schema, channel, record
        elif isinstance(record, Footer):
            self.complete = True


def _describe(error: BaseException) -> str:
    return ' '.join(str(error).split())
