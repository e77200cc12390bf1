# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The runner with real processes: what Ctrl-C and other signals do, whoever ignores them."""

from __future__ import annotations

import os
import pty
import signal
import termios

import pytest

from .runner_fakes import ENDS_RUN, Fakes, finish, read_until

pytestmark = pytest.mark.timeout(30)

CTRL_Z_ANSWER = (
    '[runner] Ctrl-Z is ignored: the robot would keep moving unattended; Ctrl-C ends the run'
)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_each_process_once_as_sigint(
    fakes: Fakes, number: signal.Signals
) -> None:
    runner = fakes.start(('obedient', ENDS_RUN), ('status', {}))
    read_until(runner.stdout, '[obedient] ready', '[status] ready')
    runner.send_signal(number)
    code, lines = finish(runner)
    assert code == 0
    assert f'[runner] {number.name} received; ending the run' in lines
    assert [line for line in lines if 'got' in line and 'obedient' in line] == [
        '[obedient] got SIGINT 1'
    ]
    assert '[status] got SIGINT 1' in lines
    fakes.wait_until_all_are_gone()


def test_ctrl_c_in_a_terminal_reaches_each_process_once(fakes: Fakes) -> None:
    master, slave = pty.openpty()
    settings = termios.tcgetattr(slave)
    settings[3] |= termios.NOFLSH  # or Ctrl-C throws away what is still to be shown
    termios.tcsetattr(slave, termios.TCSANOW, settings)
    runner = fakes.start(('obedient', ENDS_RUN), ('status', {}), output=slave, terminal=True)
    os.close(slave)
    seen = b''
    while not (b'[obedient] ready' in seen and b'[status] ready' in seen):
        seen += os.read(master, 4096)
    assert b'\r\x1b[K' in seen
    assert b'20 %' in seen
    os.write(master, b'\x03')
    try:
        while chunk := os.read(master, 4096):
            seen += chunk
    except OSError:  # the terminal's other end is closed
        pass
    os.close(master)
    assert runner.wait() == 0
    assert seen.count(b'got SIGINT') == 2
    assert b'got SIGTERM' not in seen
    fakes.wait_until_all_are_gone()


def test_a_process_that_still_loads_is_ended_without_a_traceback(fakes: Fakes) -> None:
    runner = fakes.start(('loading', ENDS_RUN))
    read_until(runner.stdout, '[loading] ready')
    runner.send_signal(signal.SIGINT)
    code, lines = finish(runner)
    assert code == 0
    assert '[runner] loading killed by SIGTERM' in lines


def test_a_process_that_ignores_sigint_gets_sigterm_and_is_named(fakes: Fakes) -> None:
    runner = fakes.start(('deaf_to_sigint', ENDS_RUN), ('obedient', {}), patience=0.2)
    read_until(runner.stdout, '[deaf_to_sigint] ready', '[obedient] ready')
    runner.send_signal(signal.SIGINT)
    code, lines = finish(runner)
    assert code == 0
    assert '[runner] deaf_to_sigint still runs: sending SIGTERM' in lines
    assert '[runner] obedient still runs: sending SIGTERM' not in lines


def test_a_process_that_ignores_all_is_killed(fakes: Fakes) -> None:
    runner = fakes.start(('deaf', ENDS_RUN), patience=0.2)
    read_until(runner.stdout, '[deaf] ready')
    runner.send_signal(signal.SIGINT)
    code, lines = finish(runner)
    assert code == 128 + signal.SIGKILL
    assert '[runner] deaf still runs: sending SIGKILL' in lines
    assert '[runner] deaf killed by SIGKILL' in lines
    fakes.wait_until_all_are_gone()


def test_a_second_and_third_ctrl_c_do_not_wait(fakes: Fakes) -> None:
    runner = fakes.start(('deaf', ENDS_RUN))
    read_until(runner.stdout, '[deaf] ready')
    runner.send_signal(signal.SIGINT)
    read_until(runner.stdout, '[deaf] got SIGINT 1')
    runner.send_signal(signal.SIGINT)
    read_until(runner.stdout, '[deaf] got SIGTERM 1')
    runner.send_signal(signal.SIGINT)
    code, lines = finish(runner)
    assert code == 128 + signal.SIGKILL
    assert '[runner] deaf killed by SIGKILL' in lines


def test_one_ctrl_c_that_arrives_twice_counts_once(fakes: Fakes) -> None:
    runner = fakes.start(('deaf_to_sigint', ENDS_RUN), one_wish=1000.0)
    read_until(runner.stdout, '[deaf_to_sigint] ready')
    runner.send_signal(signal.SIGINT)
    read_until(runner.stdout, '[deaf_to_sigint] got SIGINT 1')
    runner.send_signal(signal.SIGINT)
    for _ in range(2):  # when the second is answered, all before the first is done
        runner.send_signal(signal.SIGTSTP)
        lines = read_until(runner.stdout, CTRL_Z_ANSWER)
        assert '[runner] deaf_to_sigint still runs: sending SIGTERM' not in lines


def test_ctrl_z_does_not_leave_the_robot_unattended(fakes: Fakes) -> None:
    runner = fakes.start(('obedient', ENDS_RUN))
    read_until(runner.stdout, '[obedient] ready')
    runner.send_signal(signal.SIGTSTP)
    read_until(runner.stdout, CTRL_Z_ANSWER)
    runner.send_signal(signal.SIGINT)
    assert finish(runner)[0] == 0


@pytest.mark.parametrize(
    'environment',
    [{}, {'_ROS_WHEELS_BOOTSTRAP_COMPLETE': ''}],
    ids=['plain', 're-executed by the wheels'],
)
def test_a_killed_runner_leaves_no_process(fakes: Fakes, environment: dict[str, str]) -> None:
    settings: dict[str, object] = {'environment': environment}
    runner = fakes.start(('obedient', settings), ('deaf_to_sigint', settings))
    read_until(runner.stdout, '[obedient] ready', '[deaf_to_sigint] ready')
    runner.kill()
    fakes.wait_until_all_are_gone()


def test_what_a_process_has_started_ends_with_it(fakes: Fakes) -> None:
    runner = fakes.start(('parent', ENDS_RUN))
    read_until(runner.stdout, '[parent] ready')
    runner.send_signal(signal.SIGINT)
    finish(runner)
    fakes.wait_until_all_are_gone()
