# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Two machines for tests: network namespaces with a bad cable between them.

    with TwoMachines(seed=0) as machines:
        machines.set_conditions(loss=0.05, delay=(0.02, 0.03))
        machines.start('robot', [sys.executable, '-m', ...])
        machines.start('desk', [sys.executable, '-m', ...])
        machines.set_conditions(cut=True)

Loss and delay come from a relay, because not every kernel has `tc netem`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
from types import TracebackType
from typing import Any

from network_relay import DEVICE, enter_namespace
from sac_core.child_process import bound_to_this_process
from sac_core.ros.network import prepare_for_network
from sac_core.ros.testing import child_environment

ADDRESSES = {'robot': '10.77.0.1', 'desk': '10.77.0.2'}
_RELAY = Path(__file__).with_name('network_relay.py')


class NetworkUnavailableError(RuntimeError):
    """This machine does not let the process make network namespaces; the text says why."""


class TwoMachines:
    """Namespaces `robot` and `desk`, each with one device on the cable between them.

    :param seed: of what the cable loses
    :raises NetworkUnavailableError: where namespaces or devices are not allowed
    """

    def __init__(self, *, seed: int = 0) -> None:
        if os.geteuid() != 0:
            raise NetworkUnavailableError('network namespaces need root')
        if shutil.which('ip') is None:
            raise NetworkUnavailableError('the command ip (iproute2) is missing')
        self._names = {side: f'sac{os.getpid()}{side}' for side in ADDRESSES}
        self._relay: subprocess.Popen[str] | None = None
        self._processes: list[subprocess.Popen[Any]] = []
        try:
            self._open(seed)
        except (OSError, subprocess.CalledProcessError) as error:
            self.close()
            detail = getattr(error, 'stderr', None) or str(error)
            raise NetworkUnavailableError(f'no network namespaces: {detail.strip()}') from error

    def _open(self, seed: int) -> None:
        for name in self._names.values():
            _run('ip', 'netns', 'add', name)
        self._relay = subprocess.Popen(
            [sys.executable, str(_RELAY), *self._names.values(), str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._relay.stdout is not None
        assert self._relay.stderr is not None
        if not self._relay.stdout.readline():
            raise OSError(self._relay.stderr.read().strip().rpartition('\n')[2])
        for side, name in self._names.items():
            inside = ('ip', '-n', name)
            _run(*inside, 'link', 'set', 'lo', 'up')
            _run(*inside, 'address', 'add', f'{ADDRESSES[side]}/24', 'dev', DEVICE)
            _run(*inside, 'link', 'set', DEVICE, 'up')
            # Discovery is by multicast.
            _run(*inside, 'route', 'add', '224.0.0.0/4', 'dev', DEVICE)

    def __enter__(self) -> TwoMachines:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def set_conditions(
        self, *, loss: float = 0.0, delay: tuple[float, float] = (0.0, 0.0), cut: bool = False
    ) -> dict[str, int]:
        """Change what the cable does from now on.

        :param loss: share of the frames that are lost
        :param delay: shortest and longest time that a frame takes [s]
        :param cut: nothing passes
        :return: frames 'carried' and 'lost' so far
        """
        assert self._relay is not None
        assert self._relay.stdin is not None
        assert self._relay.stdout is not None
        wanted = {'loss': loss, 'delay': delay, 'cut': cut}
        print(json.dumps(wanted), file=self._relay.stdin, flush=True)
        return dict(json.loads(self._relay.stdout.readline()))

    def environment(self, domain_id: int) -> dict[str, str]:
        """Environment of a ROS process on one of the machines that shall meet the other.

        As the nodes set it for themselves, but without shared memory, which would pass by the
        cable: the machines have one memory.
        """
        network = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}
        prepare_for_network(network)
        transports = 'FASTDDS_BUILTIN_TRANSPORTS'
        network[transports] = network[transports].replace('DEFAULT', 'UDPv4')
        return child_environment(domain_id) | network

    def prefix(self, side: str) -> list[str]:
        """Give the beginning of a command line that runs on one machine."""
        return ['ip', 'netns', 'exec', self._names[side]]

    def start(
        self, side: str, command: Sequence[str], *, env: Mapping[str, str], **options: Any
    ) -> subprocess.Popen[Any]:
        """Start a process on one machine; it is killed with its children at `close`.

        :param side: 'robot' or 'desk'
        :param options: for Popen, such as stdout and cwd
        """
        process = subprocess.Popen(
            [*self.prefix(side), *command],
            env=dict(env),
            start_new_session=True,
            preexec_fn=bound_to_this_process(),
            **options,
        )
        self._processes.append(process)
        return process

    @contextmanager
    def inside(self, side: str) -> Iterator[None]:
        """Let this thread be on one machine: sockets that it opens, and its new threads, are.

        So that a node of the test's own process hears what is said there.
        """
        with open('/proc/thread-self/ns/net') as here:
            enter_namespace(f'/run/netns/{self._names[side]}')
            try:
                yield
            finally:
                enter_namespace(f'/proc/self/fd/{here.fileno()}')

    def close(self) -> None:
        """Kill what was started and remove the namespaces."""
        for process in self._processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        if self._relay is not None:
            self._relay.kill()
            self._relay.communicate()
        for name in self._names.values():
            subprocess.run(['ip', 'netns', 'delete', name], capture_output=True, check=False)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
