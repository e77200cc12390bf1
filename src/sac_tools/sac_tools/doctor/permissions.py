# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What this user may ask of Linux for a punctual control loop."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import platform
import resource

from sac_tools.doctor.finding import Finding, judge

_WANTED_PRIORITY = 80
_WANTED_LOCKED = 2**30  # bytes; an actor's pages are some 300 MB
_CAP_SYS_NICE, _CAP_IPC_LOCK = 23, 14  # <linux/capability.h>
_LIMITS = '/etc/security/limits.conf'
_REALTIME = Path('/sys/kernel/realtime')
_GOVERNORS = 'devices/system/cpu/cpu*/cpufreq/scaling_governor'


def check_permissions() -> Iterator[Finding]:
    """Look at real-time priority, locked memory, kernel and processor clock."""
    user = os.environ.get('USER') or '@GROUP'
    priority = resource.getrlimit(resource.RLIMIT_RTPRIO)[1]
    capable = has_capability(_CAP_SYS_NICE)
    unlimited = priority == resource.RLIM_INFINITY
    yield judge(
        'rtprio',
        capable or unlimited or priority >= _WANTED_PRIORITY,
        'allowed by CAP_SYS_NICE' if capable else f'up to {"any" if unlimited else priority}',
        f'for rt_priority: add "{user} - rtprio 98" to {_LIMITS} and log in again',
    )
    locked = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
    capable = has_capability(_CAP_IPC_LOCK)
    unlimited = locked == resource.RLIM_INFINITY
    yield judge(
        'memlock',
        capable or unlimited or locked >= _WANTED_LOCKED,
        'allowed by CAP_IPC_LOCK'
        if capable
        else ('unlimited' if unlimited else f'up to {locked / 1e6:.0f} MB'),
        f'for lock_memory: add "{user} - memlock unlimited" to {_LIMITS} and log in again',
    )
    real_time = _REALTIME.exists() and _REALTIME.read_text().strip() == '1'
    kernel = 'PREEMPT_RT' if real_time else 'not real-time'
    yield Finding(
        'kernel',
        'ok',
        f'{platform.release()}, {kernel}',
        '' if real_time else 'a Franka arm wants a PREEMPT_RT kernel; simulators do not',
    )
    governors = sorted({path.read_text().strip() for path in Path('/sys').glob(_GOVERNORS)})
    if governors:
        yield judge(
            'processor clock',
            governors == ['performance'],
            f'governor {", ".join(governors)}',
            'a steadier loop: sudo cpupower frequency-set -g performance',
        )


def has_capability(number: int) -> bool:
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith('CapEff:'):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False
