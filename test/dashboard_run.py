# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A real run with its dashboard, started for the tests that look at it."""

from __future__ import annotations

from collections.abc import Callable
import json
import os
from pathlib import Path
import re
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from real_run import node_processes, Runner
from sac_core.child_process import bound_to_this_process

LONGEST = 60.0  # [s] until anything at all happens on a slow machine


class DashboardRun:
    """The run, what it has printed so far, and the link of its page."""

    def __init__(self, runner: Runner, *words: str) -> None:
        self.directory = runner.directory / 'run'
        self._environment = runner.environment
        self._others: list[subprocess.Popen[bytes]] = []
        self.lines: list[str] = []
        self.process = runner.start(
            *words,
            f'run_dir:={self.directory}',
            'env_id:=Pendulum-v1',
            'dashboard:=true',
            'dashboard_port:=0',
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        wait_for(lambda: self._link() or self.process.poll() is not None)
        self.link = self._link()
        assert self.link, ''.join(self.lines)

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(self.process.stdout)

    def _link(self) -> str:
        found = re.search(r'in a browser: (http://\S+)', ''.join(self.lines))
        return found[1] if found else ''

    @property
    def port(self) -> int:
        return int(self.link.rstrip('/').rpartition(':')[2])

    def kill(self, name: str) -> None:
        """Kill one of its nodes at once."""
        os.kill(node_processes(self.process)[name], signal.SIGKILL)

    def start_dashboard(self) -> None:
        """Start a dashboard by hand, at the address of the first."""
        parameters = {'port': self.port, 'run_dir': self.directory}
        words = [part for each in parameters.items() for part in ('-p', '{}:={}'.format(*each))]
        command = [sys.executable, '-m', 'sac_dashboard.dashboard_node', '--ros-args', *words]
        self._others.append(
            subprocess.Popen(
                command,
                env=self._environment,
                start_new_session=True,
                preexec_fn=bound_to_this_process(),
            )
        )

    def env_steps(self) -> int:
        """Return the environment steps by its records."""
        path = self.directory / 'metrics.jsonl'
        lines = path.read_text().splitlines() if path.exists() else []
        return int(json.loads(lines[-1])['env_steps']) if lines else 0

    def summary(self) -> dict[str, Any]:
        return dict(json.loads(Path(self.directory, 'summary.json').read_text()))

    def end(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        for each in self._others:
            each.send_signal(signal.SIGINT)
            each.wait(LONGEST)
        return self.wait()

    def wait(self) -> int:
        """Wait until it ends by itself."""
        code = self.process.wait(2 * LONGEST)
        self._reader.join(LONGEST)
        return code


def wait_for(condition: Callable[[], object], timeout: float = LONGEST) -> None:
    """Wait until a condition holds.

    :raises TimeoutError: where it does not
    """
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f'nothing within {timeout:g} s')
        time.sleep(0.05)
