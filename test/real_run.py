# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Starts whole runs with the real processes, each runner in a ROS domain of its own."""

from __future__ import annotations

from dataclasses import dataclass
import functools
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
from typing import Any

from sac_core.child_process import bound_to_this_process
from sac_core.ros.testing import child_environment, claim_domain_id

# One for all: the runs of a test process follow each other.
_domain_id = functools.cache(claim_domain_id)


@dataclass
class Run:
    """A run that has ended, with what it printed and left."""

    exit_code: int
    output: str
    directory: Path

    @property
    def summary(self) -> dict[str, Any]:
        return dict(json.loads((self.directory / 'summary.json').read_text()))

    def lines(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.directory / name).read_text().splitlines()]


class Runner:
    """The runner of the project, as `make train` and `make policy` start it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.environment = child_environment(_domain_id())
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a run and return its process, whose output is piped."""
        process = subprocess.Popen(
            [sys.executable, '-m', 'sac_bringup.runner', *words],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=bound_to_this_process(),
        )
        self._processes.append(process)
        return process

    def run(self, *words: str, name: str = 'run', timeout: float = 170.0) -> Run:
        """Start a run with `run_dir` set and wait until it ends."""
        directory = self.directory / name
        process = self.start(*words, f'run_dir:={directory}')
        output, _ = process.communicate(timeout=timeout)
        return Run(process.returncode, output, directory)

    def close(self) -> None:
        # A runner ends its nodes on SIGTERM; killed outright it would leave them for a moment.
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
                try:
                    process.communicate(timeout=30)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.communicate()


def node_processes(process: subprocess.Popen[str]) -> dict[str, int]:
    """Process ids of the nodes that a runner or a launch process has started, by name."""
    found = {}
    for thread in Path(f'/proc/{process.pid}/task').iterdir():
        for pid in (thread / 'children').read_text().split():
            words = Path(f'/proc/{pid}/cmdline').read_text().split('\0')
            name = next(word for word in words if word.startswith('__node:='))
            found[name.removeprefix('__node:=')] = int(pid)
    return found
