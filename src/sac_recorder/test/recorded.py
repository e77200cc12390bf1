# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Messages to record, without ROS: a string as CDR, and a transition batch as its own type."""

from __future__ import annotations

from pathlib import Path
import struct

from sac_core.recordings.message_stream import MessageStream
from sac_recorder.recording_file import Topic

TEXT = Topic('/text', 'std_msgs/msg/String', 'string data\n', (('topic_type_hash', 'RIHS01_0'),))


def text(words: str) -> bytes:
    data = words.encode() + b'\0'
    return b'\0\1\0\0' + struct.pack('<I', len(data)) + data


def words_of(path: Path) -> list[str]:
    """Read what `text` wrote, from the front as far as the file goes."""
    return [message.data[8:-1].decode() for _, _, message in MessageStream(path)]
