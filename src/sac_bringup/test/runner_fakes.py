# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Fake processes for the runner to run, which tell what happens to them."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys
from typing import IO

# Each fake counts the signals that it gets, says 'ready' when it can, and holds a FIFO open for
# writing: the reader sees its end when the last fake is gone.
PRELUDE = """\
#!{python}
import os, signal, sys
alive = os.open({fifo!r}, os.O_WRONLY)
count = dict.fromkeys((signal.SIGINT, signal.SIGTERM), 0)
def note(number, frame):
    count[number] += 1
    print('got', signal.Signals(number).name, count[number])
for number in count:
    signal.signal(number, note)
def wait_for(*numbers):
    print('ready')
    while not any(count[number] for number in numbers):
        signal.pause()
"""
FAKES = {
    'obedient': 'wait_for(signal.SIGINT, signal.SIGTERM)',
    'deaf_to_sigint': 'wait_for(signal.SIGTERM)',
    'deaf': 'wait_for()',
    'finished': "print('done')",
    'failed': "print('unfinished', end=''); sys.exit(3)",
    'refused': 'sys.exit(2)',
    'killed': 'os.kill(os.getpid(), signal.SIGKILL)',
    # As Python before a program has installed its handlers.
    'loading': "signal.signal(signal.SIGTERM, signal.SIG_DFL); print('ready'); signal.pause()",
    'parent': 'os.fork() or signal.pause(); wait_for(signal.SIGINT)',
    # Dies twice, and then finishes.
    'mortal': "lives = sys.argv[0] + '.lives'; open(lives, 'a').write('x')\n"
    "count = os.stat(lives).st_size; print('life', count)\n"
    'count < 3 and os.kill(os.getpid(), signal.SIGKILL)',
    'status': "sys.stdout.write('10 %\\r20 %\\r'); wait_for(signal.SIGINT)",
    'arguments': 'print(*sys.argv[1:]); print(open(sys.argv[-3]).read())',
}
DRIVER = """\
import signal, sys
from sac_bringup import runner
from sac_bringup.process import Process
from sac_bringup.installation import find_executable
runner._ONE_WISH_SECONDS = {one_wish}
processes = [Process(package='fake', name=f'{{each}}', executable=each, **settings)
             for each, settings in {processes!r}]
executables = [find_executable(each.package, each.executable) for each in processes]
stages = [(signal.SIGINT, {patience}), (signal.SIGTERM, {patience}), (signal.SIGKILL, 20.0)]
sys.exit(runner.run(processes, executables, stages))
"""
ENDS_RUN = {'ends_run': True}
RESPAWNED = {'respawn': True}
EXTRA = {'required': False}


class Fakes:
    """An installed package of fakes, and runs of them."""

    def __init__(self, prefix: Path) -> None:
        index = prefix / 'share/ament_index/resource_index/packages'
        index.mkdir(parents=True)
        (index / 'fake').touch()
        executables = prefix / 'lib/fake'
        executables.mkdir(parents=True)
        self.prefix = prefix
        self.fifo = str(prefix / 'alive')
        os.mkfifo(self.fifo)
        # Not blocking: otherwise opening would wait for the first writer.
        self._alive = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(self._alive, True)
        for name, body in FAKES.items():
            path = executables / name
            path.write_text(PRELUDE.format(python=sys.executable, fifo=self.fifo) + body + '\n')
            path.chmod(0o755)
        self._runners: list[subprocess.Popen[bytes]] = []

    def start(
        self,
        *processes: tuple[str, dict[str, object]],
        patience: float = 20.0,
        one_wish: float = 0.0,
        output: int = subprocess.PIPE,
        terminal: bool = False,
    ) -> subprocess.Popen[bytes]:
        code = DRIVER.format(processes=processes, patience=patience, one_wish=one_wish)
        path = f'{self.prefix}:{os.environ["AMENT_PREFIX_PATH"]}'
        # Tests may run under nohup, where a runner would rightly ignore SIGHUP.
        command = ['env', '--default-signal=HUP', sys.executable, '-c', code]
        if terminal:  # make its output the controlling terminal, where Ctrl-C comes from
            command = ['setsid', '--ctty', *command]
        runner = subprocess.Popen(
            command,
            stdin=output if terminal else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, 'AMENT_PREFIX_PATH': path, 'TMPDIR': str(self.prefix)},
        )
        self._runners.append(runner)
        return runner

    def wait_until_all_are_gone(self) -> None:
        """Wait for the end of the FIFO: every process that had it open has ended."""
        while os.read(self._alive, 100):
            pass

    def close(self) -> None:
        for runner in self._runners:
            runner.kill()
            runner.wait()
            if runner.stdout:
                runner.stdout.close()
        os.close(self._alive)


def read_until(stream: IO[bytes] | None, *wanted: str) -> list[str]:
    """Read lines until each wanted one has come, in any order."""
    assert stream is not None
    missing, lines = set(wanted), []
    while missing:
        line = stream.readline().decode()
        assert line, f'the output ended without {missing}: {lines}'
        lines.append(line.rstrip('\n'))
        missing.discard(lines[-1])
    return lines


def finish(runner: subprocess.Popen[bytes]) -> tuple[int, list[str]]:
    """Read the rest of the output and return it with the exit code."""
    assert runner.stdout is not None
    lines = runner.stdout.read().decode().splitlines()
    return runner.wait(), lines
