# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A bridge that was given a priority has it in all its threads; an impossible one is refused."""

from __future__ import annotations

import os
from pathlib import Path
import resource

import pytest
from sac_core.ros.testing import NodeProcess, Spinner

BRIDGES = ['sim_bridge.sim_bridge_node', 'franka_bridge.franka_bridge_node']
PRIORITY = 5


def may_be_urgent() -> bool:
    return os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_RTPRIO)[0] >= PRIORITY


def schedules(process: NodeProcess) -> set[tuple[int, int]]:
    found = set()
    for thread in Path(f'/proc/{process.child.pid}/task').iterdir():
        try:
            number = int(thread.name)
            found.add((os.sched_getscheduler(number), os.sched_getparam(number).sched_priority))
        except ProcessLookupError:
            pass  # it has ended meanwhile
    return found


@pytest.mark.timeout(90)
@pytest.mark.skipif(not may_be_urgent(), reason='this user may not set priorities')
@pytest.mark.parametrize('module', BRIDGES)
def test_all_threads_of_a_bridge_get_the_priority_that_was_asked_for(module: str) -> None:
    with Spinner() as spinner:
        process = NodeProcess(
            module, domain_id=spinner.domain_id, parameters={'rt_priority': PRIORITY}
        )
        try:
            spinner.until(lambda: schedules(process) == {(os.SCHED_FIFO, PRIORITY)}, timeout=60)
        finally:
            process.kill()


@pytest.mark.timeout(90)
@pytest.mark.parametrize('module', BRIDGES)
def test_a_priority_that_does_not_exist_is_refused(module: str) -> None:
    with Spinner() as spinner:
        process = NodeProcess(module, domain_id=spinner.domain_id, parameters={'rt_priority': 100})
        try:
            code, output = process.end()
        finally:
            process.kill()
    assert code == 2
    assert 'rt_priority' in output
    assert '100' in output
