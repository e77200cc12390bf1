# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Files that are whole or absent whenever the process is killed: small, and preallocated ones.

A header is a magic word, a CRC-32 of all that follows it, and fields as JSON, so that a person can
read with `head -c` what a file holds.
"""

from __future__ import annotations

from collections.abc import Mapping
import errno
import json
import os
from pathlib import Path
import struct
import zlib

PARTIAL = '.partial'  # ending of a file that is being made; what has it at a start is rubbish
MAGIC_BYTES = 8
_FRAME = struct.Struct('<II')  # CRC-32 of what follows it, length of the JSON


def write_file(path: Path, data: bytes) -> None:
    """Write a small file so that its name always stands for the old content or for the new.

    :raises OSError: where it cannot be written; the old content is then still there
    """
    partial = path.with_name(path.name + PARTIAL)
    with partial.open('wb') as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_directory(path.parent)


def create_file(path: Path, header: bytes, size: int) -> None:
    """Create a file whose every block is allocated, so that writing into its map cannot fail.

    A file that is only made longer is full of holes; on a full disk, the first write into one
    kills the process with SIGBUS.

    :param header: first bytes; zeros follow
    :param size: of the whole file [bytes]
    :raises OSError: where it cannot be made, as on a full disk; nothing is left of it then
    """
    partial = path.with_name(path.name + PARTIAL)
    descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        free = os.fstatvfs(descriptor)
        if size > free.f_bavail * free.f_frsize:  # else all that is left would be taken first
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.posix_fallocate(descriptor, 0, size)
        os.pwrite(descriptor, header, 0)
        os.fsync(descriptor)
        partial.rename(path)
        sync_directory(path.parent)
    except OSError as error:
        partial.unlink(missing_ok=True)
        note = f'{error.strerror} (for {size / 1e6:.1f} MB)'
        raise OSError(error.errno, note, str(path)) from error
    finally:
        os.close(descriptor)


def sync_directory(directory: Path) -> None:
    """Make names that were added, changed or removed in a directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def encode_header(magic: bytes, fields: Mapping[str, int | str], size: int) -> bytes:
    """Encode the fixed header of a file.

    :param magic: what kind of file it is, MAGIC_BYTES long
    :param size: of the header [bytes]
    :raises ValueError: where the fields do not fit
    """
    text = json.dumps(fields).encode()
    if len(magic) != MAGIC_BYTES or MAGIC_BYTES + _FRAME.size + len(text) > size:
        raise ValueError(f'a header of {size} bytes cannot hold {len(text)} bytes of fields')
    body = struct.pack('<I', len(text)) + text.ljust(size - MAGIC_BYTES - _FRAME.size, b'\0')
    return magic + struct.pack('<I', zlib.crc32(body)) + body


def decode_header(magic: bytes, header: bytes) -> dict[str, int | str]:
    """Decode what `encode_header` made.

    :raises ValueError: where it is of another kind, or damaged
    """
    if len(header) < MAGIC_BYTES + _FRAME.size or header[:MAGIC_BYTES] != magic:
        raise ValueError(f'does not begin with {magic.decode()}')
    checksum, length = _FRAME.unpack_from(header, MAGIC_BYTES)
    if zlib.crc32(header[MAGIC_BYTES + 4 :]) != checksum:
        raise ValueError('header is damaged')
    start = MAGIC_BYTES + _FRAME.size
    return dict(json.loads(header[start : start + length]))
