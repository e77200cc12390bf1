# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What is asked of the kernel is done where it allows it, and is one clear line where not."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

# The settings are those of a whole process, so each test has one of its own.
PROGRAM = """
import ctypes, os, resource, threading
from sac_core.realtime import RealTimeScheduling
{before}
lines = []
options = dict(priority={priority}, cpus={cpus}, lock_memory={lock_memory})
real_time = RealTimeScheduling(**options, warn=lines.append)
ends = threading.Event()
helper = threading.Thread(target=ends.wait)
helper.start()
known = set(os.listdir('/proc/self/task'))
libc = ctypes.CDLL(None)  # a thread that Python knows nothing of, as the middleware's
pause = ctypes.cast(libc.pause, ctypes.c_void_p)
libc.pthread_create(ctypes.byref(ctypes.c_ulong()), None, pause, None)
[foreign] = set(os.listdir('/proc/self/task')) - known
real_time.prepare_process()

def urgent():
    real_time.prepare_thread()
    slack = ctypes.CDLL(None).prctl(30, 0, 0, 0, 0)
    print(os.sched_getscheduler(0), os.sched_getparam(0).sched_priority, slack)
    print(sorted(os.sched_getaffinity(0)))

thread = threading.Thread(target=urgent)
thread.start()
thread.join()
for each in (0, helper.native_id, int(foreign)):
    print(os.sched_getscheduler(each), os.sched_getparam(each).sched_priority)
ends.set()
print(open('/proc/self/status').read().split('VmLck:')[1].split()[0])
print('\\n'.join(lines))
"""
# Gives up what root may do, for good: a user without rights of his own.
WITHOUT_RIGHTS = """
for each in (resource.RLIMIT_RTPRIO, resource.RLIMIT_MEMLOCK):
    resource.setrlimit(each, (0, 0))
os.setgid(65534), os.setuid(65534)
"""


def run(
    *, priority: int = 0, cpus: tuple[int, ...] = (), lock_memory: bool = False, before: str = ''
) -> list[str]:
    program = PROGRAM.format(
        priority=priority, cpus=cpus, lock_memory=lock_memory, before=textwrap.dedent(before)
    )
    result = subprocess.run(
        [sys.executable, '-c', program], capture_output=True, text=True, check=True, timeout=30
    )
    return result.stdout.splitlines()


def may_be_urgent() -> bool:
    code = 'import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(2))'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, check=False)
    return done.returncode == 0


def test_unasked_it_changes_nothing_but_the_timer_slack() -> None:
    urgent, _, ordinary, helper, foreign, locked, warnings = run()
    assert urgent == f'{os.SCHED_OTHER} 0 1'
    assert ordinary == helper == foreign == f'{os.SCHED_OTHER} 0'
    assert (locked, warnings) == ('0', '')


@pytest.mark.skipif(not may_be_urgent(), reason='this user may not set priorities')
def test_the_urgent_thread_comes_before_those_that_work_for_it() -> None:
    cpu = min(os.sched_getaffinity(0))
    urgent, cpus, ordinary, helper, foreign, locked, warnings = run(
        priority=10, cpus=(cpu,), lock_memory=True
    )
    assert (urgent.split()[:2], cpus) == ([str(os.SCHED_FIFO), '10'], f'[{cpu}]')
    assert ordinary == helper == foreign == f'{os.SCHED_FIFO} 9'
    assert int(locked) > 0
    assert warnings == ''


def test_what_is_refused_is_a_clear_line_each_and_no_crash() -> None:
    before = WITHOUT_RIGHTS if os.geteuid() == 0 else WITHOUT_RIGHTS.rsplit('\n', 2)[0]
    *_, memory, executor, urgent, cpus = run(
        priority=10, cpus=(4095,), lock_memory=True, before=before
    )
    assert memory.startswith('lock_memory: ')
    assert 'ulimit -l' in memory
    for line, priority in ((executor, 9), (urgent, 10)):
        assert line.startswith(f'rt_priority {priority}: Operation not permitted; ')
        assert 'ulimit -r' in line
        assert 'CAP_SYS_NICE' in line
    assert cpus.startswith('cpu_affinity [4095]: Invalid argument; this process may use [')
