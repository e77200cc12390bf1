# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Starts a process of a run so that it cannot outlive the one that started it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
import os
from pathlib import Path
import re
import signal
import subprocess

from sac_bringup.process import Process
from sac_core.child_process import bound_to_this_process


class Child:
    """A running process of the graph, with standard output and error in one pipe.

    :param environment: what it inherits
    :param directory: for its parameter file
    :param descriptors: open files that it inherits
    :param prefix: of the command line, a command that runs another one
    :raises OSError: where it cannot be started
    """

    def __init__(
        self,
        process: Process,
        executable: Path,
        environment: Mapping[str, str],
        directory: Path,
        descriptors: Sequence[int] = (),
        prefix: Sequence[str] = (),
    ) -> None:
        self.process = process
        arguments = process.ros_arguments(_write_parameters(process, directory))
        self._popen = subprocess.Popen(
            [*prefix, str(executable), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            env={**environment, 'PYTHONUNBUFFERED': '1', **process.environment},
            # Its own session: Ctrl-C in the terminal reaches the runner alone, which passes it on.
            start_new_session=True,
            pass_fds=tuple(descriptors),
            preexec_fn=bound_to_this_process(),
        )
        assert self._popen.stdout is not None
        self.output = self._popen.stdout
        os.set_blocking(self.output.fileno(), False)

    @property
    def pid(self) -> int:
        """Id of the process, and of its session."""
        return self._popen.pid

    def poll(self) -> int | None:
        """Return the exit code, minus the signal's number, or None while it runs."""
        return self._popen.poll()

    def end(self, number: signal.Signals) -> None:
        """Send a signal that ends the process, and SIGKILL to all that it has started too.

        A process that still loads its modules gets SIGTERM for SIGINT: it has nothing to bring
        in order, and Python would answer SIGINT with a traceback there.
        """
        if number == signal.SIGKILL:
            self.kill_rest()
        elif number == signal.SIGINT and not self._handles(signal.SIGTERM):
            self._popen.terminate()
        else:
            self._popen.send_signal(number)

    def _handles(self, number: signal.Signals) -> bool:
        try:
            status = Path(f'/proc/{self._popen.pid}/status').read_text(encoding='ascii')
        except OSError:  # it has just ended
            return False
        caught = next(line for line in status.splitlines() if line.startswith('SigCgt:'))
        return bool(int(caught.split()[1], 16) >> (number - 1) & 1)

    def kill_rest(self) -> None:
        """Kill what is left of its session, as compilers that torch has started."""
        try:
            os.killpg(self._popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def read(self) -> bytes:
        """Return what it has printed, nothing at the end or where there is no more for now."""
        try:
            return os.read(self.output.fileno(), 65536)
        except BlockingIOError:
            return b''


def _write_parameters(process: Process, directory: Path) -> Path:
    path = directory / f'{process.label.replace("/", ".")}.yaml'
    # JSON is YAML that leaves no doubt about a type: strings are quoted, floats have a point. Its
    # pairs of surrogates, for what is beyond U+FFFF, are not YAML.
    content = {'/**': {'ros__parameters': process.parameters}}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    text = re.sub(r'[^\x00-\x7f]', lambda match: f'\\U{ord(match[0]):08x}', text)
    path.write_text(text, encoding='utf-8')
    return path
