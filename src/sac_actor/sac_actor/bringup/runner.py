# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Starts a run without the `launch` package: python -m sac_actor.bringup.runner train key:=value.

Exit code: 0 after a completed run or an orderly Ctrl-C, 2 for bad arguments, otherwise that of the
first process that failed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
import os
from pathlib import Path
import selectors
import signal
import sys
import tempfile
import time

from sac_actor.bringup.arguments import split
from sac_actor.bringup.child import Child
from sac_actor.bringup.ending import (
    describe_exit,
    ended_in_order,
    Ending,
    EndRule,
    EXIT_BAD_CONFIGURATION,
    failing_code,
)
from sac_actor.bringup.graph import describe_graph, Process
from sac_actor.bringup.installation import config_directory, find_executable
from sac_actor.bringup.output import Output, terminal_width
from sac_actor.bringup.runs import RUNS

# What the processes get at the end of a run, and how long each has until the next [s]. A node
# takes up to 10 s to deliver what is due.
END_STAGES = ((signal.SIGINT, 15.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
# timeout(1) and some terminals send one signal twice, which is no wish for haste.
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
        processes = chosen.processes(
            split(options.arguments), config, in_terminal=sys.stdout.isatty()
        )
        if options.dry_run:
            print(describe_graph(processes))
            return 0
        executables = [find_executable(each.package, each.executable) for each in processes]
    except ValueError as error:
        print(f'{options.run}: error: {error}', file=sys.stderr)
        return EXIT_BAD_CONFIGURATION
    return run(processes, executables)


def run(
    processes: Sequence[Process],
    executables: Sequence[Path],
    stages: Sequence[tuple[signal.Signals, float]] = END_STAGES,
) -> int:
    """Start processes, wait until the run is over, end the rest and return the exit code.

    :param stages: signals that end the processes, and how long each has until the next [s]
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
            runner = _Runner(processes, output, signals, stages)
            runner.start(executables, environment, Path(directory))
            return runner.wait()
    finally:
        output.close()


class _Runner:
    """The children of one run, and how far their end has come."""

    def __init__(
        self,
        processes: Sequence[Process],
        output: Output,
        signals: int,
        stages: Sequence[tuple[signal.Signals, float]],
    ) -> None:
        self._processes = processes
        self._output = output
        self._signals = signals
        self._stages = stages
        self._rule = EndRule(processes)
        self._selector = selectors.DefaultSelector()
        self._children: list[Child] = []
        self._exit_code = 0
        self._stage = -1  # index in stages of the last signal sent
        self._stage_ends = float('inf')  # monotonic [s]
        self._last_wish = -_ONE_WISH_SECONDS

    def start(
        self, executables: Sequence[Path], environment: Mapping[str, str], directory: Path
    ) -> None:
        self._selector.register(self._signals, selectors.EVENT_READ)
        for process, executable in zip(self._processes, executables, strict=True):
            try:
                child = Child(process, executable, environment, directory)
            except OSError as error:
                self._end(Ending(f'{process.label} cannot be started: {error}', 1))
                return
            self._children.append(child)
            self._selector.register(child.output, selectors.EVENT_READ, child)

    def wait(self) -> int:
        while self._children:
            timeout = max(0.0, self._stage_ends - time.monotonic())
            for key, _ in self._selector.select(timeout if self._stage >= 0 else None):
                if key.data is None:
                    self._take_signals()
                elif key.data in self._children:  # it may have ended in this very round
                    self._take_output(key.data)
            if time.monotonic() >= self._stage_ends:
                self._next_stage()
        return self._exit_code

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
            self._say('Ctrl-Z is ignored: the robot would go on unattended; Ctrl-C ends the run')
        wishes = numbers.intersection(_ENDING_SIGNALS)
        if wishes:
            self._take_wish(signal.Signals(min(wishes)).name)

    def _take_wish(self, name: str) -> None:
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
        ending = self._rule.exited(child.process, code) if self._stage < 0 else None
        said = f'{child.process.label} {describe_exit(code)}'
        if ending is None or ending.reason != said:
            self._say(said)
        if ending is not None:
            self._end(ending)
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
