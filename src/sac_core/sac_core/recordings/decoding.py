# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Recorded messages as objects with the fields of their type, read by the schema in the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcap_ros2.decoder import DecoderFactory
from sac_core.recordings.message_stream import MessageStream


@dataclass(frozen=True)
class RecordedMessage:
    """A message of a recording.

    :param type_name: as 'sac_interfaces/msg/EnvSpec'
    :param log_time: when it was heard [ns since 1970]
    :param fields: an object with the fields of the type; sequences are lists, uint8[] is bytes
    """

    topic: str
    type_name: str
    log_time: int
    fields: Any


def read_messages(
    path: Path, type_names: Collection[str], warn: Callable[[str], None]
) -> Iterator[RecordedMessage]:
    """Read the messages of some types from a file, in the order in which they were heard.

    :param warn: takes a line for each part of the file that cannot be read
    :raises OSError: where the file cannot be read
    """
    stream, factory = MessageStream(path), DecoderFactory()
    unreadable = 0
    for schema, channel, message in stream:
        if schema.name not in type_names:
            continue
        decode = factory.decoder_for(channel.message_encoding, schema)
        if decode is None:
            unreadable += 1
            continue
        try:
            fields = decode(message.data)
        except Exception:  # noqa: BLE001  the library promises nothing about damaged bytes
            unreadable += 1
            continue
        yield RecordedMessage(channel.topic, schema.name, message.log_time, fields)
    for problem in stream.problems:
        warn(f'{path}: {problem}; what is whole is used')
    if unreadable:
        warn(f'{path}: {unreadable} messages cannot be decoded')
