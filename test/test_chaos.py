# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A few seconds of each kind of chaos; `make chaos` runs it at length."""

from __future__ import annotations

from collections.abc import Callable
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import Any

from chaos.cases import STAND_INS
from chaos.run_case import run_case
import pytest

# Its own tests are long enough: the resumed run, and those of the files.
_SHORT = ['learner_kill', 'all_kill', 'outage', 'lossy_relay', 'full_disk', 'read_only']


@pytest.mark.timeout(150)
@pytest.mark.parametrize('name', _SHORT)
def test_nothing_is_lost_double_or_bad(name: str, tmp_path: Path) -> None:
    result = _quickly(name, tmp_path)
    if 'skipped' not in result:
        return
    reason = result['skipped']
    if name in STAND_INS:
        _quickly(STAND_INS[name], tmp_path)
        reason = f'{reason}; {STAND_INS[name]} stood in, and went well'
    pytest.skip(reason)


@pytest.mark.timeout(120)
@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_it_runs_on_when_it_is_ended(number: signal.Signals, tmp_path: Path) -> None:
    mark = f'CHAOS_TEST={tmp_path}'

    def running() -> list[int]:
        found = []
        for process in Path('/proc').glob('[0-9]*'):
            try:
                environment = (process / 'environ').read_bytes()
            except OSError:  # it has just ended, or is another user's
                continue
            if mark.encode() in environment.split(b'\0'):
                found.append(int(process.name))
        return found

    chaos = subprocess.Popen(
        [sys.executable, '-m', 'chaos', '--only', 'learner_kill', '--keep', str(tmp_path)],
        cwd=Path(__file__).parent,
        env={**os.environ, 'CHAOS_TEST': str(tmp_path)},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _await(lambda: len(running()) >= 6)  # it, its case, and four nodes
        chaos.send_signal(number)
        chaos.wait(10)
        _await(lambda: not running())
    finally:
        for process in running():
            os.kill(process, signal.SIGKILL)
        chaos.wait(10)


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 40.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _quickly(name: str, directory: Path) -> dict[str, Any]:
    place = directory / name
    place.mkdir()
    result = run_case(name, place, seed=1, quick=True)
    if 'failure' in result:
        log = place / 'log'
        lines = log.read_text(errors='replace').splitlines() if log.exists() else []
        pytest.fail('\n'.join([json.dumps(result), *lines[-30:]]))
    return result
