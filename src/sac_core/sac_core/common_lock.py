# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Lock files in a directory that all users of a machine share, such as /tmp."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
import pwd


def open_common(path: Path) -> int:
    """Open a lock file for whoever comes first or next, and return the file's descriptor.

    A file of another user is opened for reading where it cannot be written; that is enough to lock
    it. It is never opened with O_CREAT, which Linux refuses in /tmp (fs.protected_regular).

    :raises OSError: naming the file and its owner
    """
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    for how in (os.O_RDWR | os.O_CREAT | os.O_EXCL, os.O_RDWR, os.O_RDONLY):
        try:
            descriptor = os.open(path, how | flags, 0o666)
        except (FileExistsError, PermissionError) as error:
            refusal = error
            continue
        if how & os.O_CREAT:
            os.fchmod(descriptor, 0o666)  # whatever the umask
        return descriptor
    raise PermissionError(
        refusal.errno, f'{refusal.strerror} (it belongs to {_owner(path)})', str(path)
    )


def try_lock(descriptor: int) -> bool:
    """Lock an open file; False where another holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        pass
    return True


def write_note(descriptor: int, text: str) -> None:
    """Replace the content of a lock file that is held, where it can be written."""
    if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR:
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)


def _owner(path: Path) -> str:
    try:
        owner = path.lstat().st_uid
    except OSError:
        return 'somebody else'
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return f'user {owner}'
