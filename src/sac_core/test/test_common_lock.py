# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Users of one machine exclude each other by a lock file, whoever made it."""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import tempfile

import pytest
from sac_core.common_lock import open_common, try_lock, write_note

STRANGER = 12345


@pytest.fixture
def lock_file() -> Iterator[Path]:
    """A name in a directory that is open to all, as /tmp."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o1777)
        yield Path(directory) / 'run.lock'


@contextmanager
def another_user() -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.skip('only root can act as another user')
    os.seteuid(STRANGER)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_lock_file_can_be_written_by_all_whatever_the_umask(lock_file: Path) -> None:
    umask = os.umask(0o077)
    try:
        os.close(open_common(lock_file))
    finally:
        os.umask(umask)
    assert lock_file.stat().st_mode & 0o777 == 0o666


@pytest.mark.parametrize('mode', [0o666, 0o644, 0o444])
def test_the_next_user_is_excluded_until_the_first_has_ended(lock_file: Path, mode: int) -> None:
    first = open_common(lock_file)
    assert try_lock(first)
    write_note(first, 'the first run')
    lock_file.chmod(mode)
    with another_user():
        second = open_common(lock_file)
        assert not try_lock(second)
        os.close(first)
        assert try_lock(second)
        write_note(second, 'second')
    writable = mode == 0o666
    assert lock_file.read_text() == ('second' if writable else 'the first run')
    os.close(second)


def test_a_lock_file_that_is_closed_to_others_is_named_with_its_owner(lock_file: Path) -> None:
    os.close(open_common(lock_file))
    lock_file.chmod(0o600)
    with another_user(), pytest.raises(PermissionError, match=r'belongs to root.*run\.lock'):
        open_common(lock_file)


def test_a_link_in_place_of_a_lock_file_is_not_followed(lock_file: Path) -> None:
    target = lock_file.with_name('target')
    target.write_text('precious')
    lock_file.symlink_to(target)
    with pytest.raises(OSError, match='symbolic links'):
        open_common(lock_file)
    assert target.read_text() == 'precious'
