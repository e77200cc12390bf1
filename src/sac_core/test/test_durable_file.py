# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Small files are replaced whole, large ones allocated whole, and a damaged header is noticed."""

from __future__ import annotations

from collections.abc import Iterator
import errno
import os
from pathlib import Path
import resource

import pytest
from sac_core.durable_file import create_file, decode_header, encode_header, PARTIAL, write_file

pytestmark = pytest.mark.timeout(20)
MAGIC = b'TESTFILE'
FIELDS = {'version': 1, 'actor': '/höhe', 'capacity': 2**63}


def test_a_small_file_is_replaced_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / 'totals'
    write_file(path, b'old')
    write_file(path, b'new')
    assert path.read_bytes() == b'new'
    assert list(tmp_path.iterdir()) == [path]


def test_a_small_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / 'totals'
    write_file(path, b'old')
    (tmp_path / f'totals{PARTIAL}').mkdir()
    with pytest.raises(OSError, match='totals'):
        write_file(path, b'new')
    assert path.read_bytes() == b'old'


def test_a_created_file_has_all_its_blocks(tmp_path: Path) -> None:
    path = tmp_path / 'ring'
    create_file(path, b'header', 1_000_000)
    status = path.stat()
    assert status.st_size == 1_000_000
    assert status.st_blocks * 512 >= 1_000_000
    assert path.read_bytes()[:10] == b'header\0\0\0\0'


@pytest.fixture
def small_files_only() -> Iterator[None]:
    """Let no file grow beyond 100 kB, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures('small_files_only')
def test_a_file_for_which_there_is_no_room_is_an_error_that_names_it_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    with pytest.raises(OSError, match=r'\(for 0.2 MB\): .*/ring') as caught:
        create_file(tmp_path / 'ring', b'header', 200_000)
    assert caught.value.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == []


def test_a_file_larger_than_the_disk_is_an_error_that_takes_nothing_first(tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    size = disk.f_blocks * disk.f_frsize
    with pytest.raises(OSError, match='No space left on device'):
        create_file(tmp_path / 'ring', b'header', size)
    assert list(tmp_path.iterdir()) == []


def test_a_header_comes_back() -> None:
    header = encode_header(MAGIC, FIELDS, 256)
    assert len(header) == 256
    assert decode_header(MAGIC, header) == FIELDS


def test_a_flipped_byte_anywhere_in_a_header_is_noticed() -> None:
    header = encode_header(MAGIC, FIELDS, 256)
    for place in range(len(header)):
        damaged = bytearray(header)
        damaged[place] ^= 0x10
        with pytest.raises(ValueError, match=r'damaged|does not begin'):
            decode_header(MAGIC, bytes(damaged))


@pytest.mark.parametrize('length', [0, 7, 15, 16, 255])
def test_a_header_that_was_cut_off_is_noticed(length: int) -> None:
    with pytest.raises(ValueError, match=r'damaged|does not begin'):
        decode_header(MAGIC, encode_header(MAGIC, FIELDS, 256)[:length])


def test_fields_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match='a header of 32 bytes cannot hold'):
        encode_header(MAGIC, FIELDS, 32)
