# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Asks Linux to treat a process as urgent; what it refuses is said, with what to do.

Python threads share one lock: a thread of ordinary priority that holds it and is set aside by the
scheduler would hold up the most urgent one. So the others get the next lower priority, and so do
the middleware's: one that takes a message waits for their locks, with Python's in its hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
import ctypes
import os
from pathlib import Path

from sac_core.cpu_affinity import bind_thread

_PR_SET_TIMERSLACK = 29  # <linux/prctl.h>
_MCL_CURRENT, _MCL_FUTURE = 1, 2  # <sys/mman.h>
# How late the kernel may wake a sleeper so as to save power; 50 us by default.
_TIMER_SLACK = 1  # [ns]

_LIBC = ctypes.CDLL(None, use_errno=True)


class RealTimeScheduling:
    """What is asked for a process with one urgent thread.

    :param priority: of that thread under SCHED_FIFO, 1 to 99; 0: the ordinary scheduler
    :param cpus: on which that thread may run; empty: any
    :param lock_memory: keep all pages in memory
    :param warn: takes one line for each thing that was refused
    """

    def __init__(
        self,
        *,
        priority: int = 0,
        cpus: Sequence[int] = (),
        lock_memory: bool = False,
        warn: Callable[[str], None],
    ) -> None:
        self._priority = priority
        self._cpus = frozenset(cpus)
        self._lock_memory = lock_memory
        self._warn = warn

    def prepare_process(self) -> None:
        """Ask for the process and its threads; the urgent one is not among them yet."""
        if self._lock_memory and _LIBC.mlockall(_MCL_CURRENT | _MCL_FUTURE):
            reason = os.strerror(ctypes.get_errno())
            self._warn(
                f'lock_memory: {reason}; raise memlock in /etc/security/limits.conf (see ulimit'
                ' -l) or give CAP_IPC_LOCK'
            )
        if self._priority > 1:
            prioritize_process(self._priority - 1, warn=self._warn)

    def prepare_thread(self) -> None:
        """Ask for the calling thread, the urgent one."""
        _LIBC.prctl(_PR_SET_TIMERSLACK, _TIMER_SLACK, 0, 0, 0)
        if self._priority:
            _set_priority(self._priority, warn=self._warn)
        bind_thread(self._cpus, warn=self._warn)


def prioritize_process(priority: int, *, warn: Callable[[str], None]) -> None:
    """Give all threads of this process a priority under SCHED_FIFO; later ones inherit it.

    :param priority: 1 to 99; 0: leave them to the ordinary scheduler
    :param warn: takes a line where that was refused
    """
    if priority:
        for thread in Path('/proc/self/task').iterdir():
            if not _set_priority(priority, int(thread.name), warn=warn):
                return


def _set_priority(priority: int, thread: int = 0, *, warn: Callable[[str], None]) -> bool:
    try:
        os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(priority))
    except ProcessLookupError:
        return True  # that thread has ended meanwhile
    except OSError as error:
        warn(
            f'rt_priority {priority}: {error.strerror}; raise rtprio in'
            ' /etc/security/limits.conf (see ulimit -r) or give CAP_SYS_NICE'
        )
        return False
    return True
