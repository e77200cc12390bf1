# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Ends a process in time though its middleware does not let go of it.

Deleting its participant, Fast DDS waits until no callback is under way that tells of other nodes;
when a run ends, they all leave at once. In libraries built by an older compiler, such as the ROS
wheels', that wait is a loop which never frees the lock that the callback needs to return
(eProsima/Fast-DDS issue 6513): it does not end, and rclpy holds the GIL meanwhile,
so that no Python code runs any more, neither a thread's nor a signal's.

Can go when the Fast DDS that is installed has the fix of that issue, built by any compiler.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import ctypes
import faulthandler
import sys
import time

_SIGEV_THREAD = 2  # <bits/sigevent-consts.h>
_TRACE_SECONDS = 1.0  # what is hanging is told so long before the end


class _SignalEvent(ctypes.Structure):
    """struct sigevent, from <bits/types/sigevent_t.h>."""

    _fields_ = (
        ('value', ctypes.c_size_t),
        ('signal', ctypes.c_int),
        ('notify', ctypes.c_int),
        ('function', ctypes.c_void_p),
        ('attributes', ctypes.c_void_p),
        ('padding', ctypes.c_char * 32),
    )


class _TimerSpec(ctypes.Structure):
    """struct itimerspec on machines of 64 bits, from <bits/types/struct_itimerspec.h>."""

    _fields_ = (
        ('interval_s', ctypes.c_long),
        ('interval_ns', ctypes.c_long),
        ('value_s', ctypes.c_long),
        ('value_ns', ctypes.c_long),
    )


@contextmanager
def shutdown_deadline(seconds: float, exit_code: int) -> Iterator[None]:
    """End the process if the block does not end in time, after a trace of all its threads.

    :param seconds: of the monotonic clock, above 1
    :param exit_code: of the process, 0 to 255
    """
    libc = ctypes.CDLL(None)
    # The C library starts a thread that calls _exit(exit_code): nothing of Python is needed.
    event = _SignalEvent(
        value=exit_code,
        notify=_SIGEV_THREAD,
        function=ctypes.cast(libc._exit, ctypes.c_void_p).value,
    )
    timer = ctypes.c_void_p()
    if libc.timer_create(time.CLOCK_MONOTONIC, ctypes.byref(event), ctypes.byref(timer)):
        raise OSError('timer_create')
    whole, rest = divmod(seconds, 1.0)
    due = _TimerSpec(value_s=int(whole), value_ns=int(rest * 1e9))
    sys.stdout.flush()
    libc.timer_settime(timer, 0, ctypes.byref(due), None)
    faulthandler.dump_traceback_later(seconds - _TRACE_SECONDS)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        libc.timer_delete(timer)
