# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Starts a run without the `launch` package: python -m sac_bringup.runner train key:=value.

Exit code: 0 after a completed run or an orderly Ctrl-C, 2 for bad arguments, otherwise that of the
first process that failed.
"""

from __future__ import annotations

import signal

if __name__ == '__main__':
    # Until a process runs there is nothing to end in order: Ctrl-C needs no traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
import os
from pathlib import Path
import selectors
import sys
import tempfile
import time

from sac_bringup.child import Child
from sac_bringup.exit_policy import (
    describe_exit,
    ended_in_order,
    Ending,
    EXIT_BAD_CONFIGURATION,
    ExitPolicy,
    failing_code,
    Restart,
    RESTART_DELAY,
)
from sac_bringup.graph import describe_graph
from sac_bringup.installation import config_directory, find_executable
from sac_bringup.output import Output, terminal_width
from sac_bringup.parsing import split
from sac_bringup.process import Process
from sac_bringup.run_lock import RunLocks
from sac_bringup.runs import RUNS

# What the processes get at the end of a run, and how long each has until the next [s]. A node
# takes up to 10 s to deliver what is due.
END_STAGES = ((signal.SIGINT, 15.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
# timeout(1) and some terminals send one signal twice, which does not mean a second request.
_ONE_WISH_SECONDS = 1.0
_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(words: Sequence[str] | None = None) -> int:
    """Run as the command line says and return the exit code."""
    parser = argparse.ArgumentParser(prog='runner', allow_abbrev=False)
    parser.add_argument('run', choices=('train', 'policy'))
    parser.add_argument('--show-args', action='store_true', help='list the arguments')
    parser.add_argument('--dry-run', action='store_true', help='list the nodes')
    parser.add_argument('arguments', nargs='*', metavar='key:=value')
    options = parser.parse_intermixed_args(words)
    chosen = RUNS[options.run]
    try:
        config = config_directory()
        if options.show_args:
            print(chosen.show(config))
            return 0
        plan = chosen.plan(split(options.arguments), config, in_terminal=sys.stdout.isatty())
        if options.dry_run:
            print(describe_graph(plan.processes))
            return 0
        if plan.driver is not None:
            raise ValueError(
                f'robot:=franka is started by: ros2 launch sac_actor {options.run}.launch.py'
                f' {" ".join(options.arguments)}'
            )
        executables = [find_executable(each.package, each.executable) for each in plan.processes]
        claims = RunLocks(plan)
    except ValueError as error:
        print(f'{options.run}: error: {error}', file=sys.stderr)
        return EXIT_BAD_CONFIGURATION
    with claims:
        exit_code = run(plan.processes, executables, descriptors=claims.descriptors)
        if exit_code == EXIT_BAD_CONFIGURATION:
            claims.refused()
        return exit_code


def run(
    processes: Sequence[Process],
    executables: Sequence[Path],
    stages: Sequence[tuple[signal.Signals, float]] = END_STAGES,
    *,
    descriptors: Sequence[int] = (),
) -> int:
    """Start processes, wait until the run is over, end the rest and return the exit code.

    :param stages: signals that end the processes, and how long each has until the next [s]
    :param descriptors: open files that the processes inherit
    """
    in_terminal = sys.stdout.isatty()
    # The name is in front of each line already.
    environment = {'RCUTILS_CONSOLE_OUTPUT_FORMAT': '{severity}: {message}', **os.environ}
    if in_terminal:  # for the line of progress, whose process has no terminal to ask
        environment['COLUMNS'] = str(terminal_width())
    output = Output(sys.stdout, in_place=in_terminal)
    try:
        with (
            tempfile.TemporaryDirectory(prefix='run-') as directory,
            _signals_as_bytes() as signals,
        ):

            def start(process: Process) -> Child:
                executable = executables[processes.index(process)]
                return Child(process, executable, environment, Path(directory), descriptors)

            return _Runner(processes, start, output, signals, stages).run()
    finally:
        output.close()


class _Runner:
    """The children of one run, and how far their end has come."""

    def __init__(
        self,
        processes: Sequence[Process],
        start: Callable[[Process], Child],
        output: Output,
        signals: int,
        stages: Sequence[tuple[signal.Signals, float]],
    ) -> None:
        self._processes = processes
        self._start_child = start
        self._output = output
        self._signals = signals
        self._stages = stages
        self._rule = ExitPolicy(processes)
        self._selector = selectors.DefaultSelector()
        self._children: list[Child] = []
        self._restarts: list[tuple[float, Process]] = []  # when each is due, monotonic [s]
        self._exit_code = 0
        self._stage = -1  # index in stages of the last signal sent
        self._stage_ends = float('inf')  # monotonic [s]
        self._last_wish = -_ONE_WISH_SECONDS

    def run(self) -> int:
        self._selector.register(self._signals, selectors.EVENT_READ)
        for process in self._processes:
            if self._stage < 0:
                self._start(process)
        while self._children or self._restarts:
            due = min([self._stage_ends, *(each for each, _ in self._restarts)])
            timeout = max(0.0, due - time.monotonic()) if due < float('inf') else None
            for key, _ in self._selector.select(timeout):
                if key.data is None:
                    self._take_signals()
                elif key.data in self._children:  # it may have ended in this very round
                    self._take_output(key.data)
            now = time.monotonic()
            for each in [each for each in self._restarts if each[0] <= now]:
                self._restarts.remove(each)
                self._start(each[1])
            if now >= self._stage_ends:
                self._next_stage()
        return self._exit_code

    def _start(self, process: Process) -> None:
        try:
            child = self._start_child(process)
        except OSError as error:
            self._end(Ending(f'{process.label} cannot be started: {error}', 1))
            return
        self._children.append(child)
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def _take_output(self, child: Child) -> None:
        data = child.read()
        if data:
            self._output.feed(child.process.label, data)
        else:  # closed: the exit itself is told by SIGCHLD
            self._selector.unregister(child.output)

    def _take_signals(self) -> None:
        numbers = set(os.read(self._signals, 1024))
        if signal.SIGCHLD in numbers:
            for child in list(self._children):
                code = child.poll()
                if code is not None:
                    self._take_exit(child, code)
        if signal.SIGTSTP in numbers:
            self._say(
                'Ctrl-Z is ignored: the robot would keep moving unattended; Ctrl-C ends the run'
            )
        ending = numbers.intersection(_ENDING_SIGNALS)
        if ending:
            self._handle_signal(signal.Signals(min(ending)).name)

    def _handle_signal(self, name: str) -> None:
        now = time.monotonic()
        if now - self._last_wish < _ONE_WISH_SECONDS:
            return
        self._last_wish = now
        if self._stage < 0:
            self._end(Ending(f'{name} received', 0))
        else:
            self._next_stage()

    def _take_exit(self, child: Child, code: int) -> None:
        self._children.remove(child)
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)
        while data := child.read():
            self._output.feed(child.process.label, data)
        self._output.end_of(child.process.label)
        child.output.close()
        child.kill_rest()
        follows = self._rule.exited(child.process, code) if self._stage < 0 else None
        said = f'{child.process.label} {describe_exit(code)}'
        if follows is None or not follows.reason.startswith(said):
            self._say(said)
        if isinstance(follows, Restart):
            self._say(follows.reason)
            self._restarts.append((time.monotonic() + RESTART_DELAY, child.process))
        elif follows is not None:
            self._end(follows)
        elif code and not (self._stage == 0 and ended_in_order(code)):
            self._exit_code = self._exit_code or failing_code(code)

    def _end(self, ending: Ending) -> None:
        self._say(f'{ending.reason}; ending the run')
        self._exit_code = self._exit_code or ending.exit_code
        self._next_stage()

    def _next_stage(self) -> None:
        self._stage = min(self._stage + 1, len(self._stages) - 1)
        number, seconds = self._stages[self._stage]
        self._stage_ends = time.monotonic() + seconds
        self._restarts.clear()
        for child in self._children:
            if self._stage > 0:
                self._say(f'{child.process.label} still runs: sending {number.name}')
            child.end(number)

    def _say(self, text: str) -> None:
        self._output.line(f'[runner] {text}')


@contextmanager
def _signals_as_bytes() -> Iterator[int]:
    """Yield a file descriptor from which the numbers of arriving signals are read, one a byte."""
    reader, writer = os.pipe()
    for end in (reader, writer):
        os.set_blocking(end, False)
    numbers = [*_ENDING_SIGNALS, signal.SIGCHLD, signal.SIGTSTP]
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # nohup
        numbers.remove(signal.SIGHUP)
    # A handler that does nothing, not SIG_IGN: that would be handed down to the children.
    handlers = {number: signal.signal(number, lambda *_: None) for number in numbers}
    previous = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(previous)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)


if __name__ == '__main__':
    sys.exit(main())
