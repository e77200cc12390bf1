# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the set-up's commands: a line for each step with its time, the whole output in a log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
import fcntl
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
import time

REFRESH_PERIOD = 0.2  # s between two updates of the live line
INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TAIL_LINES, TAIL_COLUMNS = 20, 160  # of a failed command's output, shown in the terminal


class StepFailedError(Exception):
    """A command of the set-up failed; the text ends with the end of its output."""


def unwind_on_signals() -> None:
    """Make an ending signal an exception, so that the running command is ended as well."""
    for number in INTERRUPTIONS:
        if number != signal.SIGINT:  # Python's own handler raises KeyboardInterrupt
            signal.signal(number, lambda number, _: sys.exit(128 + number))


class Progress:
    """
    Show the steps of one set-up and run their commands.

    :param root: the checkout; logs go to `log/setup/` in it
    """

    def __init__(self, root: Path) -> None:
        self.steps_done = 0
        self._root = root
        self._live = sys.stdout.isatty()
        self._lock_fd = -1
        self._title = ''
        self._start = 0.0

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """
        Hold the checkout against a second set-up, which waits its turn.

        The commands inherit the lock: if this process is killed, the next set-up waits until they
        have ended too and cannot delete files under their hands.
        """
        self._lock_fd = os.open(self._root / 'setup', os.O_RDONLY)
        try:
            try:
                fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(
                    'setup: another set-up of this checkout is still running: waiting for it',
                    flush=True,
                )
                fcntl.flock(self._lock_fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(self._lock_fd)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announce `title`, and its time when it is done."""
        self._title, self._start = title, time.monotonic()
        if self._live:
            self._draw('')
        else:
            print(f'setup: {title} ...', flush=True)
        yield
        clear = '\r\x1b[K' if self._live else ''
        print(f'{clear}setup: {title}: {time.monotonic() - self._start:.1f} s', flush=True)
        self.steps_done += 1

    def warn(self, text: str) -> None:
        """Print a warning on a line of its own."""
        clear = '\r\x1b[K' if self._live else ''
        print(f'{clear}setup: warning: {text}', file=sys.stderr, flush=True)

    def run(self, command: Sequence[str | Path], env: Mapping[str, str], *, log: str) -> None:
        """
        Run a command of the current step.

        :param env: all of its environment variables
        :param log: name of the file under `log/setup/` that takes its output
        :raises StepFailedError: if it exits with anything but 0
        """
        path = self._root / 'log' / 'setup' / f'{log}.log'
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open('wb') as output:
            # An interruption must find the command either not started or known, to be ended.
            signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTIONS)
            child = subprocess.Popen(
                [str(part) for part in command],
                cwd=self._root,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(self._lock_fd,) if self._lock_fd >= 0 else (),
                start_new_session=True,  # a group of its own, to be ended as a whole
                preexec_fn=_unblock_interruptions,
            )
            try:
                _unblock_interruptions()
                self._wait(child, path)
            except BaseException:
                _end(child)
                raise
        if child.returncode != 0:
            lines = path.read_text(errors='replace').splitlines()[-TAIL_LINES:]
            tail = '\n'.join(f'    {line[:TAIL_COLUMNS]}' for line in lines)
            raise StepFailedError(
                f'{self._title} failed (exit status {child.returncode}); '
                f'all of its output is in {path.relative_to(self._root)}, and it ends:\n{tail}'
            )

    def _wait(self, child: subprocess.Popen[bytes], log: Path) -> None:
        while True:
            try:
                child.wait(REFRESH_PERIOD if self._live else None)
                return
            except subprocess.TimeoutExpired:
                self._draw(_last_line(log))

    def _draw(self, detail: str) -> None:
        """Overwrite the live line, cut to the terminal: a wrapped one could not be overwritten."""
        text = f'setup: {self._title} {time.monotonic() - self._start:.0f} s  {detail}'
        width = shutil.get_terminal_size().columns - 1
        print(f'\r\x1b[K{text[:width]}', end='', flush=True)


def _unblock_interruptions() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTIONS)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End an interrupted command and all that it started."""
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(child.pid, signal.SIGINT)  # on this, pip deletes its downloads
        child.wait(5.0)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _last_line(path: Path) -> str:
    """:return: the last line of text that a command has written so far"""
    with path.open('rb') as file:
        file.seek(max(0, path.stat().st_size - 2000))
        lines = file.read().decode(errors='replace').splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), '')
