# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The progress as printed: redrawn in place, or a line now and then."""

from __future__ import annotations

import io

import pytest
from sac_monitor.progress_printer import ProgressPrinter
from sac_monitor.reports import ActorReport
from sac_monitor.run_state import RunState


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class BrokenPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def printer(state, mode, stream, clock):
    return ProgressPrinter(state, mode, plain_period=10.0, stream=stream, clock=clock)


def test_auto_draws_in_place_in_a_terminal_and_prints_lines_elsewhere(clock):
    state = RunState(clock=clock)
    assert printer(state, 'auto', Terminal(), clock).mode == 'line'
    assert printer(state, 'auto', io.StringIO(), clock).mode == 'plain'


def test_a_line_in_place_ends_in_a_carriage_return_and_covers_the_one_before(clock, monkeypatch):
    monkeypatch.setenv('COLUMNS', '60')
    stream = io.StringIO()
    shown = printer(RunState(clock=clock), 'line', stream, clock)
    shown.show()
    shown.show()
    first, second, rest = stream.getvalue().split('\r')
    assert len(first) == len(second) == 59
    assert rest == ''
    shown.end('done')
    assert stream.getvalue().endswith('\r\ndone\n')


def test_plain_lines_come_at_their_period_and_when_the_run_waits_for_something_else(clock, spec):
    stream = io.StringIO()
    state = RunState(clock=clock)
    shown = printer(state, 'plain', stream, clock)
    for _ in range(5):
        shown.show()
        clock.now += 1.0
    assert stream.getvalue() == 'waiting for a robot (no env_spec yet)\n'
    state.receive_spec(spec)
    shown.show()
    assert stream.getvalue().endswith('waiting for an actor (no actor/status yet)\n')
    for _ in range(21):
        state.receive_actor(ActorReport(actor='/actor', actor_session=1, env_steps=3))
        shown.show()
        clock.now += 1.0
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    assert lines[-1].startswith('3  return -')


def test_off_prints_nothing(clock):
    stream = io.StringIO()
    shown = printer(RunState(clock=clock), 'off', stream, clock)
    shown.show()
    shown.end('done')
    assert stream.getvalue() == ''


@pytest.mark.parametrize('mode', ['line', 'plain'])
def test_a_reader_that_is_gone_stops_the_printing_and_nothing_else(clock, mode):
    shown = printer(RunState(clock=clock), mode, BrokenPipe(), clock)
    shown.show()
    shown.end('done')
    assert shown.mode == 'off'
