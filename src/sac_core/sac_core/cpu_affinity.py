# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""On which processors a thread or a whole process may run: the parameter `cpu_affinity`."""

from __future__ import annotations

from collections.abc import Callable, Collection
import os
import threading


def parse_cpus(text: str) -> tuple[int, ...]:
    """Read CPU numbers such as '2,3'.

    :raises ValueError: naming the field and the value
    """
    words = text.replace(',', ' ').split()
    if not all(word.isdecimal() for word in words):
        raise ValueError(f"cpu_affinity must be CPU numbers such as '2,3', got {text!r}")
    return tuple(int(word) for word in words)


def bind_thread(cpus: Collection[int], *, warn: Callable[[str], None], thread: int = 0) -> bool:
    """Let a thread, and those that it will start, run on these processors only.

    :param cpus: their numbers; empty: any
    :param warn: takes one line where the system refuses
    :param thread: its native id, 0: the calling one
    :return: whether the system agreed
    """
    if not cpus:
        return True
    try:
        os.sched_setaffinity(thread, cpus)
    except OSError as error:
        warn(
            f'cpu_affinity {sorted(cpus)}: {error.strerror}; this process may use'
            f' {sorted(os.sched_getaffinity(0))}'
        )
        return False
    return True


def bind_process(cpus: Collection[int], *, warn: Callable[[str], None]) -> None:
    """Do so with the threads that Python knows; called early, later ones follow their starter."""
    for thread in threading.enumerate():
        if not bind_thread(cpus, warn=warn, thread=thread.native_id or 0):
            return
