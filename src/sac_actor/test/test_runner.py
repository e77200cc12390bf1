# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The runner with real processes: how a run ends, and that nothing is left of it."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import pty
import signal
import subprocess
import sys
import termios
import textwrap
from typing import IO

import pytest

pytestmark = pytest.mark.timeout(30)

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
from sac_actor.bringup import runner
from sac_actor.bringup.process import Process
from sac_actor.bringup.installation import find_executable
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
CTRL_Z_ANSWER = '[runner] Ctrl-Z is ignored: the robot would go on unattended; Ctrl-C ends the run'


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
        command = [sys.executable, '-c', code]
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


@pytest.fixture
def fakes(tmp_path: Path) -> Iterator[Fakes]:
    fakes = Fakes(tmp_path)
    yield fakes
    fakes.close()


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


def test_a_run_ends_well_when_the_last_actor_has_finished(fakes: Fakes) -> None:
    runner = fakes.start(('obedient', {}), ('finished', ENDS_RUN))
    code, lines = finish(runner)
    assert code == 0
    assert '[finished] done' in lines
    assert '[runner] finished ended with exit code 0' in lines
    assert '[runner] all actors have finished; ending the run' in lines
    fakes.wait_until_all_are_gone()


def test_a_failed_process_ends_the_rest_and_gives_its_exit_code(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('obedient', ENDS_RUN), ('failed', {})))
    assert code == 3
    assert '[failed] unfinished' in lines
    assert '[runner] failed ended with exit code 3; ending the run' in lines
    fakes.wait_until_all_are_gone()


def test_a_killed_process_ends_the_rest_and_is_reported(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('obedient', ENDS_RUN), ('killed', {})))
    assert code == 128 + signal.SIGKILL
    assert '[runner] killed killed by SIGKILL; ending the run' in lines


def test_the_run_goes_on_without_a_process_that_is_not_required(fakes: Fakes) -> None:
    runner = fakes.start(('obedient', ENDS_RUN), ('failed', EXTRA))
    read_until(runner.stdout, '[runner] failed ended with exit code 3', '[obedient] ready')
    runner.send_signal(signal.SIGINT)
    code, lines = finish(runner)
    assert '[obedient] got SIGINT 1' in lines
    assert code == 3


def test_a_refused_configuration_ends_the_run_whoever_reports_it(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('obedient', ENDS_RUN), ('refused', EXTRA)))
    assert code == 2
    assert '[runner] refused ended with exit code 2; ending the run' in lines


def test_a_respawned_process_is_started_again_until_it_finishes(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('obedient', {}), ('mortal', RESPAWNED | ENDS_RUN)))
    assert code == 0
    assert [line for line in lines if 'mortal' in line] == [
        '[mortal] life 1',
        '[runner] mortal killed by SIGKILL; starting it again (1)',
        '[mortal] life 2',
        '[runner] mortal killed by SIGKILL; starting it again (2)',
        '[mortal] life 3',
        '[runner] mortal ended with exit code 0',
    ]
    fakes.wait_until_all_are_gone()


def test_nothing_is_started_again_once_the_run_ends(fakes: Fakes) -> None:
    runner = fakes.start(('killed', RESPAWNED), ('obedient', ENDS_RUN))
    wanted = '[runner] killed killed by SIGKILL; starting it again (1)'
    read_until(runner.stdout, wanted, '[obedient] ready')
    runner.send_signal(signal.SIGINT)
    code, lines = finish(runner)
    assert code == 0
    assert not any(line.startswith('[killed]') or 'again' in line for line in lines)
    fakes.wait_until_all_are_gone()


def test_a_process_that_refuses_its_configuration_is_not_started_again(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('refused', RESPAWNED), ('obedient', ENDS_RUN)))
    assert code == 2
    assert '[runner] refused ended with exit code 2; ending the run' in lines


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


def test_nothing_is_started_where_an_executable_is_missing(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('obedient', ENDS_RUN), ('nowhere', {})))
    assert code == 1
    assert lines[-1].endswith('lib/fake/nowhere is not an executable: is the workspace built?')
    assert not any('obedient' in line for line in lines)


def test_a_process_gets_its_name_remappings_and_parameters(fakes: Fakes) -> None:
    settings: dict[str, object] = {
        'namespace': '/lab',
        'parameters': {'text': '20', 'rate': 20.0},
        'remappings': (('a', '/b'),),
        'log_level': 'warn',
        'ends_run': True,
    }
    code, lines = finish(fakes.start(('arguments', settings)))
    assert code == 0
    text = '\n'.join(line.removeprefix('[lab/arguments] ') for line in lines)
    assert '--ros-args -r __node:=arguments -r __ns:=/lab -r a:=/b --params-file ' in text
    assert '--log-level lab.arguments:=warn' in text
    assert '"text": "20"' in text
    assert '"rate": 20.0' in text


NODE = textwrap.dedent("""\
    #!{python}
    import rclpy
    from rclpy.node import Node
    rclpy.init()
    node = Node('other', automatically_declare_parameters_from_overrides=True)
    for name, parameter in sorted(node.get_parameters_by_prefix('').items()):
        print(node.get_fully_qualified_name(), name, parameter.type_.name, repr(parameter.value))
""")


def test_a_node_gets_each_parameter_in_its_own_type(fakes: Fakes) -> None:
    pytest.importorskip('rclpy')
    (fakes.prefix / 'lib/fake/node').write_text(NODE.format(python=sys.executable))
    (fakes.prefix / 'lib/fake/node').chmod(0o755)
    parameters = {
        'digits': '20', 'empty': '', 'yes': 'y', 'exponent': '1e5', 'quote': 'é"\'\\',
        'whole': 20.0, 'small': 1e-05, 'flag': True, 'widths': [256, 256], 'zero': 0,
    }  # fmt: skip
    settings: dict[str, object] = {
        'namespace': '/a/b', 'parameters': parameters, 'ends_run': True
    }  # fmt: skip
    code, lines = finish(fakes.start(('node', settings)))
    assert code == 0, lines
    wanted = {
        "digits STRING '20'", "empty STRING ''", "yes STRING 'y'", "exponent STRING '1e5'",
        f'quote STRING {parameters["quote"]!r}', 'whole DOUBLE 20.0', 'small DOUBLE 1e-05',
        'flag BOOL True', 'widths INTEGER_ARRAY [256, 256]', 'zero INTEGER 0',
    }  # fmt: skip
    assert wanted <= {line.removeprefix('[a/b/node] /a/b/node ') for line in lines}
