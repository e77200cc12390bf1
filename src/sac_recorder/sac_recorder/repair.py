# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Gives a recording that was cut short its end: index and summary, which other readers want."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import os
from pathlib import Path
import sys

from mcap.exceptions import McapError
from mcap.reader import make_reader
from sac_core.recordings.files import recording_files
from sac_core.recordings.message_stream import MessageStream
from sac_recorder.recording_file import RecordingFile, Topic

_CHUNK_SIZE = 1_000_000


def is_complete(path: Path) -> bool:
    """Return whether a file has its summary.

    :raises OSError: where it cannot be read
    """
    with path.open('rb') as stream:
        try:
            return make_reader(stream).get_summary() is not None
        except (McapError, ValueError, OverflowError):
            return False
        except Exception:  # noqa: BLE001  the library promises nothing about damaged bytes
            return False


def repair(path: Path) -> str:
    """Write a file that has no end anew with what is whole of it, and put that in its place.

    :return: what was done, empty where the file is complete
    :raises OSError: where it cannot be read or written; it is then what it was
    """
    if is_complete(path):
        return ''
    beside = path.with_name(f'.{path.name}.part')
    beside.unlink(missing_ok=True)
    stream, count, topics = MessageStream(path), 0, {}
    mended = RecordingFile(beside, chunk_size=_CHUNK_SIZE)
    for schema, channel, message in stream:
        if channel.id not in topics:
            topics[channel.id] = Topic(
                channel.topic,
                schema.name,
                schema.data.decode(),
                tuple(channel.metadata.items()),
            )
        mended.write(
            topics[channel.id],
            message.data,
            log_time=message.log_time,
            publish_time=message.publish_time,
        )
        count += 1
    mended.close()
    if not count:
        beside.unlink()
        path.unlink()
        return f'{path.name} held no whole message and is gone'
    os.replace(beside, path)
    return f'{path.name} had no end: {count} whole messages are kept'


def main(args: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """Mend the recordings that are named on the command line; none may be written meanwhile."""
    words = sys.argv[1:] if args is None else args
    if not words:
        print('usage: mend RECORDING...', file=sys.stderr)
        return 2
    try:
        for path in [file for word in words for file in recording_files(Path(word))]:
            say(repair(path) or f'{path.name} is complete')
    except (OSError, ValueError) as error:
        print(f'mend: error: {error}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
