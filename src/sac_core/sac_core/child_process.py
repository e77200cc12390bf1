# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Lets a process end when the one that started it is gone, however that ended."""

from __future__ import annotations

from collections.abc import Callable
import ctypes
import functools
import os
import signal

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_EXIT_NO_PARENT = 70
# Loaded here, because a child between fork and exec should do as little as possible.
_libc = ctypes.CDLL(None, use_errno=True)


def bound_to_this_process(number: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """Return the `preexec_fn` of a child that shall not outlive this process.

    Strictly it is this thread that the child does not outlive, so start it from one that stays.

    :param number: what the child gets when this process is gone, even by SIGKILL
    """
    return functools.partial(end_with, os.getpid(), number)


def end_with(parent: int, number: signal.Signals = signal.SIGTERM) -> None:
    """Let this process get a signal when its parent is gone; it lasts beyond exec.

    :param parent: id of the process that started this one
    :raises OSError: where the kernel refuses
    """
    if _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'prctl')
    if os.getppid() != parent:  # it went before the call
        os._exit(_EXIT_NO_PARENT)
