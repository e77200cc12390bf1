# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How a process that runs one node ends: on signals, by itself, on errors, never too late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import signal
import subprocess
import sys
import time

import pytest
from sac_core.ros.testing import child_environment, claim_domain_id, release_domain_id

pytestmark = pytest.mark.node

# A node that says what happens to it. Its behavior is chosen by the words on the command line.
PROGRAM = """
import ctypes
import sys
from rclpy.node import Node
from sac_core.ros.run import run_node

words = set(sys.argv[1].split(','))

class Talker:
    exit_code = 0

    def __init__(self):
        if 'refuse' in words:
            raise ValueError('rate must be above 0, got -1')
        self.node = Node('talker')
        self.asked = 0
        self.node.create_timer(0.02, self.tick)
        self.ticks = 0

    def tick(self):
        self.ticks += 1
        if self.ticks == 1:
            print('running', flush=True)
        if 'crash' in words:
            raise RuntimeError('a bug')
        if self.asked:
            self.asked += 1

    def wants_to_end(self):
        return 'finish' in words and self.ticks > 2

    def begin_end(self, reason):
        print('begin_end', reason, flush=True)
        self.asked = 1

    def has_ended(self):
        if 'never' in words:
            return False
        if 'slow' in words:
            return self.asked > 20  # ticks go on meanwhile
        return True

    def close(self):
        print('close', self.asked > 20, flush=True)
        if 'fail' in words:
            self.exit_code = 1
        if 'stuck' in words:  # as in a middleware that never returns, with the lock in its hand
            self.node.destroy_node = lambda: ctypes.PyDLL(None).sleep(600)

timeout = 0.3 if 'short' in words else 30.0
sys.exit(run_node('talker', Talker, sys.argv[2:], end_timeout=timeout))
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope='module')
def domain_id() -> Iterator[int]:
    claimed = claim_domain_id()
    yield claimed
    release_domain_id(claimed)


@pytest.fixture
def start(domain_id: int) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start_program(words: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, '-c', PROGRAM, words, *arguments],
            env=child_environment(domain_id),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start_program
    for process in started:
        process.kill()
        process.communicate()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def finish(process: subprocess.Popen[str]) -> tuple[int, list[str], str]:
    output, errors = process.communicate(timeout=30)
    return process.returncode, output.splitlines(), errors


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_the_node_deliver_what_is_due(start: Start, number: signal.Signals) -> None:
    process = start('slow')
    assert read_line(process) == 'running'
    process.send_signal(number)
    assert finish(process) == (0, [f'begin_end {number.name}', 'close True'], '')


def test_a_signal_sent_twice_does_not_cut_the_end_short(start: Start) -> None:
    process = start('slow')
    assert read_line(process) == 'running'
    process.send_signal(signal.SIGINT)
    assert read_line(process) == 'begin_end SIGINT'
    process.send_signal(signal.SIGINT)
    assert finish(process) == (0, ['close True'], '')


def test_a_second_signal_of_another_kind_cuts_the_end_short(start: Start) -> None:
    process = start('never')
    assert read_line(process) == 'running'
    process.send_signal(signal.SIGINT)
    assert read_line(process) == 'begin_end SIGINT'
    process.send_signal(signal.SIGTERM)
    assert finish(process) == (0, ['close False'], '')


def test_a_node_that_cannot_end_is_closed_when_its_time_is_up(start: Start) -> None:
    process = start('never,short')
    assert read_line(process) == 'running'
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert finish(process) == (0, ['begin_end SIGTERM', 'close False'], '')
    assert time.monotonic() - begun < 10.0


def test_a_node_that_has_finished_ends_by_itself(start: Start) -> None:
    assert finish(start('finish')) == (0, ['running', 'begin_end finished', 'close False'], '')


def test_the_exit_code_is_read_at_the_very_end(start: Start) -> None:
    assert finish(start('finish,fail'))[0] == 1


@pytest.mark.parametrize(('words', 'code'), [('finish', 0), ('finish,fail', 1), ('crash', 1)])
def test_a_middleware_that_does_not_let_go_is_left_with_a_trace_and_the_same_code(
    start: Start, words: str, code: int
) -> None:
    ended, output, errors = finish(start(f'{words},stuck'))
    assert (ended, output[-1]) == (code, 'close False')
    assert 'Timeout (0:00:03)!' in errors
    assert 'in run_node' in errors


def test_a_bad_configuration_is_one_line_and_code_2(start: Start) -> None:
    assert finish(start('refuse')) == (2, [], 'talker: error: rate must be above 0, got -1\n')


@pytest.mark.parametrize('argument', ['rate', 'rate:=[1'])
def test_a_malformed_ros_argument_is_reported_and_code_2(start: Start, argument: str) -> None:
    code, output, errors = finish(start('finish', '--ros-args', '-p', argument))
    assert (code, output) == (2, [])
    assert errors.splitlines()[-1].startswith('talker: error: failed to initialize rcl: ')
    assert 'Traceback' not in errors


def test_without_a_place_for_log_files_the_line_says_what_to_set(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ('HOME', 'ROS_HOME', 'ROS_LOG_DIR'):
        monkeypatch.delenv(name, raising=False)
    code, output, errors = finish(start('finish'))
    assert (code, output) == (2, [])
    assert errors.splitlines()[-1].endswith('; set ROS_LOG_DIR to a directory that can be written')


def test_a_bug_in_a_callback_is_shown_and_what_was_opened_is_closed(start: Start) -> None:
    code, output, errors = finish(start('crash'))
    assert (code, output) == (1, ['running', 'close False'])
    assert errors.splitlines()[-1] == 'RuntimeError: a bug'
