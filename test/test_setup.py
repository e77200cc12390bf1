# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The set-up refuses what cannot work, repeats what must be repeated and survives interruption."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time

import numpy as np
import packages
from progress import Progress, StepFailedError
import pytest
import repair_cmake
import ros
import stamp
import workspace

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / 'setup' / 'requirements.lock'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """:return: a checkout with the set-up's scripts and nothing else"""
    shutil.copytree(ROOT / 'setup', tmp_path / 'setup')
    return tmp_path


def run_setup(checkout: Path, tools: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    """Run the set-up on a machine that has these tools only."""
    bin_dir = checkout / 'bin'
    bin_dir.mkdir()
    for tool in ['bash', 'dirname', *tools]:
        target = sys.executable if tool == 'python3' else shutil.which(tool)
        assert target
        (bin_dir / tool).symlink_to(os.path.realpath(target))
    return subprocess.run(
        [checkout / 'setup' / 'setup.sh'],
        env={'PATH': str(bin_dir), **env},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_a_machine_without_python_is_told_what_to_install(checkout: Path) -> None:
    result = run_setup(checkout, [])
    assert result.returncode == 1
    assert 'apt-get install python3 python3-venv python3-dev g++ make' in result.stderr


def test_all_that_is_missing_is_named_at_once_before_anything_is_done(checkout: Path) -> None:
    result = run_setup(checkout, ['python3'])
    assert result.returncode == 1
    assert 'a C++ compiler' in result.stderr
    assert re.search(r'apt-get install g\+\+ make$', result.stderr, re.MULTILINE)
    assert not (checkout / '.venv').exists()
    assert not (checkout / 'log').exists()


def test_a_python_named_once_stays_the_one_that_is_used(checkout: Path) -> None:
    """Not the machine's default, which may be too old."""
    venv = checkout / '.venv'
    (venv / 'bin').mkdir(parents=True)
    (venv / 'bin' / 'python').symlink_to(os.path.realpath(sys.executable))
    (venv / 'ready').write_text('{"fingerprint": "", "wheels": true, "cuda": false}')
    result = run_setup(checkout, ['readlink'])  # and no python3
    assert 'a C++ compiler' in result.stderr


def test_another_ros_distribution_is_refused(checkout: Path) -> None:
    result = run_setup(checkout, ['python3'], ROS_DISTRO='humble')
    assert result.returncode == 1
    assert result.stderr.startswith('setup: ROS 2 humble is sourced')


def test_a_sourced_ros_that_this_python_cannot_import_is_refused(checkout: Path) -> None:
    result = run_setup(checkout, ['python3'], ROS_DISTRO='jazzy')
    assert result.returncode == 1
    assert 'cannot import its rclpy' in result.stderr


def test_a_sourced_ros_is_used(tmp_path: Path) -> None:
    (tmp_path / 'rclpy.py').touch()
    env = {'ROS_DISTRO': 'jazzy', 'PYTHONPATH': str(tmp_path)}
    assert ros.choose(env, sys.executable, None) == 'sourced'
    assert ros.choose(env, sys.executable, True) == 'sourced'


def test_without_ros_the_wheels_are_used_but_never_in_place_of_an_installation() -> None:
    assert ros.choose({}, sys.executable, None) == 'wheels'
    assert ros.choose({}, sys.executable, True) == 'wheels'
    with pytest.raises(ros.WrongRosError, match='none is sourced'):
        ros.choose({}, sys.executable, False)


def names(requirements: list[str]) -> set[str]:
    return {re.split('[=;]', requirement)[0].strip() for requirement in requirements}


def test_the_lock_file_pins_all_that_is_asked_for() -> None:
    locked = {name for name, _ in packages.locked(LOCK)}
    assert all('==' in requirement for _, requirement in packages.locked(LOCK))
    asked = (ROOT / 'setup' / 'requirements.in').read_text()
    for line in filter(None, (line.partition('#')[0].strip() for line in asked.splitlines())):
        assert re.split(r'[=<\[]', line)[0] in locked


def test_wheels_bring_ros_and_leave_torch_and_cuda_to_the_machine() -> None:
    chosen = names(packages.select(LOCK, use_wheels=True))
    assert {'ros-rclpy', 'numpy', 'colcon-core', 'cmake', 'gymnasium'} <= chosen
    assert not {name for name in chosen if name.startswith(('torch', 'nvidia-', 'triton'))}
    assert {'triton', 'nvidia-cublas'} <= names(packages.cuda_libraries(LOCK))


def test_nothing_of_a_sourced_ros_is_installed_beside_it() -> None:
    chosen = names(packages.select(LOCK, use_wheels=False))
    assert not {name for name in chosen if name.startswith('ros-')}
    assert not chosen & {'numpy', 'empy', 'catkin-pkg'}
    assert {'colcon-core', 'cmake', 'gymnasium'} <= chosen
    chosen = names(packages.select(LOCK, use_wheels=False, has_colcon=True, has_cmake=True))
    assert not {name for name in chosen if name.startswith(('colcon-', 'cmake'))}


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(('127.0.0.1', 0)) as listener:
        yield listener


def test_an_index_that_never_answers_costs_no_more_than_the_time_limit(
    server: socket.socket,
) -> None:
    start = time.monotonic()
    assert not packages.is_reachable(url_of(server), sys.executable, timeout=1.0)
    assert time.monotonic() - start < 5.0


def test_an_index_that_refuses_or_does_not_exist_is_not_reachable(server: socket.socket) -> None:
    url = url_of(server)
    server.close()
    assert not packages.is_reachable(url, sys.executable)
    assert not packages.is_reachable('http://index.invalid/', sys.executable)


def test_an_index_that_answers_is_reachable(server: socket.socket) -> None:
    def answer() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(b'HTTP/1.0 404 Not Found\r\n\r\n')

    thread = threading.Thread(target=answer)
    thread.start()
    assert packages.is_reachable(url_of(server), sys.executable)
    thread.join()


def url_of(listener: socket.socket) -> str:
    return f'http://127.0.0.1:{listener.getsockname()[1]}/'


def test_a_failed_command_shows_the_end_of_its_output_and_where_the_rest_is(
    checkout: Path,
) -> None:
    progress = Progress(checkout)
    with (
        pytest.raises(
            StepFailedError, match=r'(?s)exit status 3.*log/setup/broken\.log.*no space'
        ),
        progress.step('breaking'),
    ):
        progress.run(['bash', '-c', 'echo no space; exit 3'], os.environ, log='broken')
    assert progress.steps_done == 0


# A set-up in a process of its own, with one command if there is an argument for it.
OTHER_SETUP = """
import os, sys
from pathlib import Path
from progress import Progress, unwind_on_signals
unwind_on_signals()
progress = Progress(Path(sys.argv[1]))
with progress.exclusive():
    for command in sys.argv[2:]:
        progress.run(['bash', '-c', command], os.environ, log='command')
    print('finished', flush=True)
"""


def start_setup(checkout: Path, *commands: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, '-c', OTHER_SETUP, str(checkout), *commands],
        env={**os.environ, 'PYTHONPATH': str(checkout / 'setup')},
        stdout=subprocess.PIPE,
        text=True,
    )


def is_running(pid: int) -> bool:
    try:
        return Path(f'/proc/{pid}/stat').read_text().split()[2] != 'Z'
    except FileNotFoundError:
        return False


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """:return: a named pipe, through which a command tells its process id"""
    path = tmp_path / 'fifo'
    os.mkfifo(path)
    return path


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_set_up_leaves_no_command_behind(
    checkout: Path, fifo: Path, number: signal.Signals
) -> None:
    setup = start_setup(checkout, f'echo $$ > {fifo}; sleep 60 & wait')
    command = int(fifo.read_text())
    setup.send_signal(number)
    setup.wait(20)
    assert not is_running(command)


def test_a_set_up_waits_for_what_a_killed_one_left_running(checkout: Path, fifo: Path) -> None:
    killed = start_setup(checkout, f'echo $$ > {fifo}; read < {fifo}')
    command = int(fifo.read_text())
    killed.kill()
    killed.wait(20)
    with start_setup(checkout) as following:
        assert following.stdout
        assert 'waiting' in following.stdout.readline()
        assert is_running(command)
        fifo.write_text('go on\n')
        assert following.stdout.readline() == 'finished\n'
    assert not is_running(command)


def test_a_stamp_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / 'ready'
    assert stamp.read(path) is None
    stamp.write(path, 'first')
    stamp.write(path, 'second')
    assert stamp.read(path) == 'second'
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def packages_root(tmp_path: Path) -> Path:
    """:return: a workspace of one package"""
    package = tmp_path / 'src' / 'arm'
    for name in ('package.xml', 'setup.py', 'msg/Pose.msg', 'arm/node.py', 'test/test_arm.py'):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text('before')
    (tmp_path / 'config').mkdir()
    (package / 'config').symlink_to('../../config')
    return tmp_path


@pytest.mark.parametrize(
    ('path', 'rebuilds'),
    [
        ('src/arm/msg/Pose.msg', True),
        ('src/arm/package.xml', True),
        ('src/arm/setup.py', True),
        ('src/arm/msg/New.msg', True),
        ('config/new.yaml', True),
        ('src/arm/arm/node.py', False),
        ('src/arm/arm/new.py', False),
        ('src/arm/test/test_arm.py', False),
    ],
)
def test_colcon_runs_again_only_for_what_it_copies_compiles_or_links(
    packages_root: Path, path: str, rebuilds: bool
) -> None:
    before = workspace.fingerprint(packages_root)
    (packages_root / path).write_text('after')
    assert (workspace.fingerprint(packages_root) != before) == rebuilds


def test_the_wheels_cmake_files_name_this_machines_headers_after_repair(tmp_path: Path) -> None:
    path = tmp_path / 'share' / 'std_msgs' / 'cmake' / 'export.cmake'
    path.parent.mkdir(parents=True)
    built_in = '/opt/python/cp312-cp312'
    path.write_text(
        f'"{built_in}/include/python3.12;'
        f'{built_in}/lib/python3.12/site-packages/numpy/_core/include;/opt/other"'
    )
    assert repair_cmake.repair(tmp_path) == 1
    assert path.read_text() == f'"{sysconfig.get_path("include")};{np.get_include()};/opt/other"'
    assert repair_cmake.repair(tmp_path) == 0


def in_shell(shell: str, script: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*shell.split(), script, 'script', str(ROOT / 'setup' / 'env.sh')],
        env={'PATH': os.defpath, 'HOME': os.environ.get('HOME', '/'), **env},
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_strict_script_can_source_the_environment_and_stays_strict() -> None:
    script = 'source "$1"; command -v sac; [[ $- == *u* ]]'
    result = in_shell('bash -euo pipefail -c', script, CDPATH=str(ROOT.parent))
    assert (result.returncode, result.stderr) == (0, '')
    assert Path(result.stdout.strip()).exists()


def test_a_shell_other_than_bash_is_told_so_in_one_line() -> None:
    sh = shutil.which('dash')
    if sh is None:
        pytest.skip('needs dash')
    result = in_shell(f'{sh} -c', '. "$1"')
    assert result.returncode != 0
    assert result.stderr == ('setup/env.sh is for bash: start bash, then source it there\n')


def test_a_script_of_the_environment_that_is_run_says_that_it_wants_to_be_sourced() -> None:
    result = subprocess.run(
        ['bash', ROOT / 'setup' / 'env.sh'], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 1
    assert result.stderr.count('\n') == 1
    assert 'source setup/env.sh' in result.stderr


def test_of_pythonpath_the_users_own_directories_stay(tmp_path: Path) -> None:
    workspace_link = tmp_path / 'ws' / 'build' / 'arm'
    (tmp_path / 'ws' / 'install').mkdir(parents=True)
    (tmp_path / 'ws' / 'install' / 'setup.bash').touch()
    own = [str(tmp_path / 'mine'), str(tmp_path / 'build' / 'too')]
    foreign = [
        '/opt/ros/jazzy/lib/python3.12/site-packages',
        str(tmp_path / 'ws' / 'install' / 'arm' / 'lib' / 'python3.12' / 'site-packages'),
        str(workspace_link),
        str(tmp_path / 'venv' / 'lib' / 'python3.9' / 'site-packages'),
    ]
    shown = subprocess.run(
        ['bash', '-c', 'source setup/env.sh && printf %s "$PYTHONPATH"'],
        cwd=ROOT,
        env={**os.environ, 'PYTHONPATH': ':'.join([own[0], *foreign, own[1]])},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout.split(':')
    if not (ROOT / '.venv' / 'share' / 'ament_index').is_dir():
        pytest.skip('a ROS installation keeps its own paths')
    assert [each for each in shown if each in own + foreign] == own
