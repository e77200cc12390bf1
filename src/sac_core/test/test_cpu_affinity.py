# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Threads stay on the processors that they are given, and so do those that they start."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sac_core.cpu_affinity import bind_process, bind_thread, parse_cpus

# Affinity is a matter of a whole process, so the test has one of its own.
PROGRAM = """
import os, threading
from sac_core.cpu_affinity import bind_process
ends = threading.Event()
earlier = threading.Thread(target=ends.wait)
earlier.start()
bind_process([{cpu}], warn=print)
for each in (0, earlier.native_id):
    print(sorted(os.sched_getaffinity(each)))
ends.set()
threading.Thread(target=lambda: print(sorted(os.sched_getaffinity(0)))).start()
"""


def test_a_process_stays_on_its_processors_with_all_its_threads() -> None:
    cpu = max(os.sched_getaffinity(0))
    result = subprocess.run(
        [sys.executable, '-c', PROGRAM.format(cpu=cpu)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert result.stdout.splitlines() == [f'[{cpu}]'] * 3


def test_unasked_nothing_is_bound() -> None:
    before = os.sched_getaffinity(0)
    bind_process(parse_cpus(''), warn=pytest.fail)
    assert os.sched_getaffinity(0) == before


def test_a_processor_that_is_not_there_is_one_clear_line() -> None:
    lines: list[str] = []
    assert not bind_thread([4095], warn=lines.append)
    assert len(lines) == 1
    assert lines[0].startswith('cpu_affinity [4095]: Invalid argument; this process may use [')


@pytest.mark.parametrize('text', ['a', '1-3', '-1'])
def test_what_is_no_list_of_processors_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(ValueError, match=f'cpu_affinity .* got {text!r}'):
        parse_cpus(text)
