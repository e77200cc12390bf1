# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The transitions of one actor session in a memory-mapped file, from which none is lost by a kill.

    bytes 0-2047       header, written once: session, robot, capacity, layout of a row
    bytes 2048-3071    progress, written by the control loop
    bytes 3072-4095    acknowledged sequence, written by the thread that sends
    bytes 4096-        slots; the row of sequence number n is in slot n % (capacity + 1)

Writing is storing into memory: no system call, and what is stored is the kernel's, so that it
outlives the process. A power cut costs what the kernel had not yet written, some 30 s by default.

A row has its sequence number and, written last, a CRC-32, so that one which was being written is
not taken for a transition. Progress and acknowledgement have two copies, written in turn, each
with a CRC-32 and on a disk sector of its own: one is always whole, and at most a change behind.
"""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass, fields
import mmap
from pathlib import Path
import struct
import zlib

import numpy as np
from sac_core.arrays import CountArray
from sac_core.durable_file import create_file, decode_header, encode_header
from sac_core.room import memory_size, size_warning
from sac_core.transitions import Transitions

_MAGIC = b'RTSACRNG'
_VERSION = 1
_HEADER_BYTES = 2048
_PROGRESS_AT, _ACKNOWLEDGED_AT = 2048, 3072
_ROWS_AT = 4096
_SECTOR = 512
_CHECKSUM_BYTES = 4


class DamagedFileError(ValueError):
    """A file that cannot be trusted: cut off, or not what its checksum says."""


@dataclass(frozen=True)
class Totals:
    """What an actor did in all its sessions.

    :param produced: transitions that were to be stored
    :param dropped: of these, lost because a queue was full or a file damaged
    """

    env_steps: int = 0
    episodes: int = 0
    produced: int = 0
    dropped: int = 0

    def at_least(self, other: Totals) -> Totals:
        """Return the larger of each; every session counts on from the ones before it."""
        return Totals(*map(max, astuple(self), astuple(other)))


@dataclass(frozen=True, kw_only=True)
class RingHeader:
    """What a file says of itself.

    :param before: totals of the actor when the session began
    """

    session: int
    actor: str
    env_id: str
    observation_dim: int
    action_dim: int
    capacity: int
    before: Totals = Totals()


@dataclass(frozen=True)
class Recovered:
    """What is found in the file of an actor that is gone.

    :param spans: sequence numbers of whole transitions that are not acknowledged
    :param damaged: transitions among them that are not whole
    :param totals: of the actor when it ended
    """

    spans: list[range]
    damaged: int
    totals: Totals


class RingFile:
    """Storage of a `TransitionQueue`. `rows` are views into the file.

    :raises DamagedFileError: where the file cannot be trusted
    :raises ValueError: where another version of this program wrote it
    :raises OSError: where it cannot be read
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open('r+b') as file:
            self.header, layout = _decode(file.read(_HEADER_BYTES))
            row_type = _row_type(self.header)
            if layout != str(row_type.descr):
                raise ValueError(f'{path}: written by another version of this program')
            self._slots = self.header.capacity + 1
            size = file.seek(0, 2)
            if size != _ROWS_AT + self._slots * row_type.itemsize:
                raise DamagedFileError(f'its length is {size} bytes')
            self._memory = mmap.mmap(file.fileno(), size)
        self._bytes = memoryview(self._memory)
        self._row_bytes = row_type.itemsize
        records = np.ndarray(self._slots, row_type, self._memory, _ROWS_AT)
        self._checksums, self._sequences = records['crc32'], records['sequence']
        self.rows = Transitions(**{each.name: records[each.name] for each in fields(Transitions)})
        # A row of another session never has the right checksum.
        self._seed = zlib.crc32(struct.pack('<Q', self.header.session))
        self._progress = _Counters(self._memory, _PROGRESS_AT, 4)
        self._acknowledged = _Counters(self._memory, _ACKNOWLEDGED_AT, 1)

    @classmethod
    def create(cls, path: Path, header: RingHeader) -> RingFile:
        """Make the file of a session that begins, every block of it.

        :raises OSError: where it cannot be made, as on a full disk
        """
        row_type = _row_type(header)
        size = _ROWS_AT + (header.capacity + 1) * row_type.itemsize
        create_file(path, _encode(header, str(row_type.descr)), size)
        return cls(path)

    @staticmethod
    def size_warning(directory: Path, header: RingHeader) -> str:
        """Return what a file will take, empty where it is little of this machine."""
        row_size = _row_type(header).itemsize
        return size_warning(
            'queue_capacity',
            header.capacity,
            row_size,
            directory=directory,
            memory=memory_size(),
        )

    def seal(self, slot: int, sequence: int) -> None:
        """Say that all fields of a row are written."""
        self._sequences[slot] = sequence
        self._checksums[slot] = self._checksum(slot)

    def note_progress(self, *, appended: int, dropped: int, env_steps: int, episodes: int) -> None:
        """Write the counters of the control loop; the last two over all sessions."""
        self._progress.write(appended, dropped, env_steps, episodes)

    def note_acknowledged(self, next_sequence: int) -> None:
        """Write that nothing below a sequence number is needed any more."""
        self._acknowledged.write(next_sequence)

    def recover(self) -> Recovered:
        """Find what is whole. A row that was being written when the actor ended never was."""
        (acknowledged,) = self._acknowledged.read() or (0,)
        before = self.header.before
        noted, dropped, env_steps, episodes = self._progress.read() or (
            *(0, 0),
            *(before.env_steps, before.episodes),
        )
        whole = self._whole_rows(acknowledged)
        # The actor may have ended between sealing a row and noting it.
        appended = max([noted, acknowledged, *(int(last) + 1 for last in whole[-1:])])
        oldest = max(acknowledged, appended - self.header.capacity)
        spans = _spans(whole[whole >= oldest])
        damaged = appended - oldest - sum(map(len, spans))
        totals = Totals(
            env_steps=env_steps + appended - noted,
            episodes=episodes,
            produced=before.produced + appended,
            dropped=before.dropped + dropped + damaged,
        )
        return Recovered(spans, damaged, totals)

    def _whole_rows(self, first: int) -> CountArray:
        """Sequence numbers from `first` on whose rows are whole, in rising order."""
        in_place = self._sequences % self._slots == np.arange(self._slots, dtype=np.uint64)
        candidates = np.flatnonzero(in_place & (self._sequences >= first)).tolist()
        whole = [slot for slot in candidates if self._checksum(slot) == self._checksums[slot]]
        return np.sort(self._sequences[whole])

    def _checksum(self, slot: int) -> int:
        start = _ROWS_AT + slot * self._row_bytes
        row = self._bytes[start + _CHECKSUM_BYTES : start + self._row_bytes]
        return zlib.crc32(row, self._seed)


class _Counters:
    """Counters that never fall, in two copies that are written in turn."""

    def __init__(self, memory: mmap.mmap, place: int, count: int) -> None:
        self._memory = memory
        self._places = (place, place + _SECTOR)
        self._values = struct.Struct(f'<{count}Q')
        self._turn = 0

    def write(self, *values: int) -> None:
        data = self._values.pack(*values)
        place = self._places[self._turn]
        self._turn = 1 - self._turn
        data += struct.pack('<I', zlib.crc32(data))
        self._memory[place : place + len(data)] = data

    def read(self) -> tuple[int, ...] | None:
        """Read the newest copy that is whole, and write the other one next; None: neither is."""
        newest = None
        for turn, place in enumerate(self._places):
            end = place + self._values.size
            data, checksum = self._memory[place:end], self._memory[end : end + _CHECKSUM_BYTES]
            if struct.pack('<I', zlib.crc32(data)) != checksum:
                continue
            values = self._values.unpack(data)
            if newest is None or values > newest:
                newest, self._turn = values, 1 - turn
        return newest


def _row_type(header: RingHeader) -> np.dtype[np.void]:
    like = Transitions.empty(
        0, observation_dim=header.observation_dim, action_dim=header.action_dim
    )
    columns = [
        (name, array.dtype.newbyteorder('<'), array.shape[1:])
        for name, array in vars(like).items()
    ]
    return np.dtype([('crc32', '<u4'), ('sequence', '<u8'), *columns], align=True)


def _encode(header: RingHeader, layout: str) -> bytes:
    own = {name: value for name, value in vars(header).items() if name != 'before'}
    before = {f'{name}_before': value for name, value in asdict(header.before).items()}
    return encode_header(
        _MAGIC, {'version': _VERSION, **own, **before, 'layout': layout}, _HEADER_BYTES
    )


def _decode(data: bytes) -> tuple[RingHeader, str]:
    try:
        written = decode_header(_MAGIC, data)
    except ValueError as error:
        raise DamagedFileError(str(error)) from error
    if written.pop('version') != _VERSION:
        raise ValueError('written by another version of this program')
    layout = str(written.pop('layout'))
    before = Totals(
        **{each.name: int(written.pop(f'{each.name}_before')) for each in fields(Totals)}
    )
    return RingHeader(**written, before=before), layout  # type: ignore[arg-type]


def _spans(numbers: CountArray) -> list[range]:
    """Group rising numbers into runs without a gap."""
    parts = np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1)
    return [range(int(part[0]), int(part[-1]) + 1) for part in parts if len(part)]
