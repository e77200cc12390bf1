# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Event files: the format byte by byte, and what the real TensorBoard reads out of them."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import struct
import subprocess
import sys

import pytest
from sac_monitor.curves import Curve, Point
from sac_monitor.tensorboard_file import crc32c, TensorBoardFile

RETURN = Curve('return/mean', 'of the last ten episodes')
AGE = Curve('weights/age', 'since they were made [s]')


def write(path: Path, *steps: tuple[int, float]) -> Path:
    file = TensorBoardFile()
    file.begin(path)
    for env_steps, value in steps:
        points = [Point(RETURN, value), Point(AGE, 0.25)]
        file.write(points, env_steps=env_steps, time=1.8e9 + env_steps)
    file.close()
    (written,) = path.glob('events.out.tfevents.*')
    return written


def records(content: bytes) -> Iterator[bytes]:
    """Split a file into its records, whose two checksums must be right."""
    while content:
        (length,) = struct.unpack('<Q', content[:8])
        data, content = content[: length + 16], content[length + 16 :]
        for part, stored in ((data[:8], data[8:12]), (data[12:-4], data[-4:])):
            masked = (struct.unpack('<I', stored)[0] - 0xA282EAD8) & 0xFFFFFFFF
            assert (masked << 15 | masked >> 17) & 0xFFFFFFFF == crc32c(part)
        yield data[12:-4]


def test_the_checksum_is_that_of_the_standard():
    # RFC 3720, appendix B.4
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(bytes([0xFF] * 32)) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E


def test_the_file_begins_with_its_version_and_holds_a_record_for_each_write(tmp_path):
    first, *rest = records(write(tmp_path, (20, -3.5), (300, 2.0)).read_bytes())
    assert first[9:] == b'\x1a\x0dbrain.Event:2'  # field 3, 13 bytes, after field 1
    assert len(rest) == 2
    # Field 1: time; field 2: step 300; field 5: the summary, with field 1 for each value, in
    # which field 1 is the name and field 2 the value.
    value = b'\x0a\x0breturn/mean' + b'\x15' + struct.pack('<f', 2.0)
    assert rest[1].startswith(b'\x09' + struct.pack('<d', 1.8e9 + 300) + b'\x10\xac\x02')
    assert rest[1][12:14] == b'\x2a' + bytes([len(rest[1]) - 14])
    assert rest[1][14:].startswith(b'\x0a' + bytes([len(value)]) + value)


def test_a_curve_is_described_once(tmp_path):
    content = write(tmp_path, (20, 1.0), (40, 2.0)).read_bytes()
    assert content.count(AGE.about.encode()) == 1
    assert content.count(AGE.name.encode()) == 2


def test_what_was_written_is_there_without_an_orderly_end(tmp_path):
    code = (
        'import os, pathlib, sys\n'
        'from sac_monitor.curves import Curve, Point\n'
        'from sac_monitor.tensorboard_file import TensorBoardFile\n'
        'file = TensorBoardFile()\n'
        'file.begin(pathlib.Path(sys.argv[1]))\n'
        "file.write([Point(Curve('a/b', ''), 1.0)], env_steps=7, time=1.8e9)\n"
        'os._exit(9)\n'
    )
    assert subprocess.run([sys.executable, '-c', code, tmp_path]).returncode == 9
    (written,) = tmp_path.iterdir()
    assert len(list(records(written.read_bytes()))) == 2


def test_the_real_tensorboard_reads_a_run_and_its_resumption_as_one(tmp_path):
    accumulator = pytest.importorskip(
        'tensorboard.backend.event_processing.event_accumulator',
        reason='the package tensorboard is not installed',
    )
    write(tmp_path, (20, -3.5), (300, 2.0))
    (first,) = tmp_path.iterdir()
    os.rename(first, tmp_path / 'events.out.tfevents.0000000001.1')  # an earlier start
    later = TensorBoardFile()
    later.begin(tmp_path)
    later.write([Point(RETURN, 7.0)], env_steps=450, time=1.9e9)
    later.close()
    read = accumulator.EventAccumulator(str(tmp_path)).Reload()
    assert read.Tags()['scalars'] == [RETURN.name, AGE.name]
    found = [(each.step, each.value) for each in read.Scalars(RETURN.name)]
    assert found == [(20, -3.5), (300, 2.0), (450, 7.0)]
    described = read.SummaryMetadata(AGE.name)
    assert described.summary_description == AGE.about
