# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A policy file in pieces that pass a bad network, and whole again: never two files mixed.

Over a network that loses 5 % of the packets a message of 300 KB hardly ever arrives, because it
needs all of its packets. A piece that fits into one packet does, and only what is lost of a file
is sent again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
import zlib

LARGEST_FILE = 64 * 2**20  # bytes: 16 million weights
# A listener's queue holds that many, so a file that is cut into more would never be complete.
MOST_PIECES = 4096
# Incomplete files that are kept at once: two learners by mistake, each with a version under way.
_FILES = 4


@dataclass(frozen=True)
class PolicyFile:
    """What tells a policy file from all others.

    :param crc32: of the whole
    :param size: bytes of the whole
    :param pieces: into which it is cut
    """

    learner_session: int
    version: int
    crc32: int
    size: int
    pieces: int

    def check(self) -> None:
        """Check what somebody else says of a file, before anything is kept of it.

        :raises ValueError: naming the field and the value
        """
        for name, bits in (('learner_session', 64), ('version', 63)):
            if not 0 < getattr(self, name) < 2**bits:
                raise ValueError(f'{name} must be in [1, 2^{bits}), got {getattr(self, name)}')
        if not 0 < self.size <= LARGEST_FILE:
            raise ValueError(f'size must be in [1, {LARGEST_FILE}], got {self.size}')
        if not 0 < self.pieces <= min(MOST_PIECES, self.size):
            raise ValueError(
                f'pieces must be in [1, {min(MOST_PIECES, self.size)}], got {self.pieces}'
            )

    def bounds(self, piece: int) -> tuple[int, int]:
        """First byte of a piece, and the one behind its last."""
        return piece * self.size // self.pieces, (piece + 1) * self.size // self.pieces


def pieces_needed(size: int, piece_size: int) -> int:
    """Into how many pieces to cut a file.

    :param size: of the file [bytes]
    :param piece_size: largest size of a piece [bytes]; larger where there would be too many
    :raises ValueError: for a file that no actor would accept
    """
    if size > LARGEST_FILE:
        raise ValueError(f'a policy file of {size} bytes is too large, {LARGEST_FILE} may be sent')
    return min(-(-size // piece_size), MOST_PIECES)


def cut(
    data: bytes, *, learner_session: int, version: int, pieces: int
) -> tuple[PolicyFile, Iterator[bytes]]:
    """Cut a policy file into a number of pieces of the same size, give or take a byte."""
    file = PolicyFile(learner_session, version, zlib.crc32(data), len(data), pieces)
    return file, (data[slice(*file.bounds(piece))] for piece in range(pieces))


class PieceAssembler:
    """Puts policy files together from pieces that come in any order, and trusts none of them.

    What it keeps is bounded: a few incomplete files, and of those only what has arrived. The one
    that grew least recently goes first, as an older version does of which a piece was lost.
    """

    def __init__(self) -> None:
        self.incomplete: dict[PolicyFile, dict[int, bytes]] = {}  # least recently grown first
        self._complete: deque[PolicyFile] = deque(maxlen=_FILES)

    def add(self, file: PolicyFile, piece: int, data: bytes) -> bytes | None:
        """Take in a piece.

        :return: the whole file with its last piece; None before that, and for what came again
        :raises ValueError: where the piece does not fit its file, or the whole its checksum
        """
        file.check()
        if piece >= file.pieces:
            raise ValueError(f'piece must be below {file.pieces}, got {piece}')
        begin, end = file.bounds(piece)
        if len(data) != end - begin:
            raise ValueError(f'data must hold {end - begin} bytes, got {len(data)}')
        if file in self._complete:
            return None
        parts = self.incomplete.pop(file, {})
        parts[piece] = data
        if len(parts) < file.pieces:
            self.incomplete[file] = parts
            if len(self.incomplete) > _FILES:
                del self.incomplete[next(iter(self.incomplete))]
            return None
        whole = b''.join(parts[each] for each in range(file.pieces))
        if zlib.crc32(whole) != file.crc32:
            raise ValueError(f'checksum of policy version {file.version} does not match')
        self._complete.append(file)
        return whole
