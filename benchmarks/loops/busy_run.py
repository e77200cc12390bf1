# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The processes of a training run whose learner never rests, around an actor that is recorded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
import os
from pathlib import Path
import signal
import sys
import tempfile
import time
from types import TracebackType

import numpy as np
from sac_bringup.arguments import TrainArguments
from sac_bringup.child import Child
from sac_bringup.graph import train_graph
from sac_bringup.installation import config_directory, find_executable
from sac_bringup.parsing import parse
from sac_core.ros.testing import child_environment, claim_domain_id, release_domain_id

from loops.latency_parts import with_parts

_ACTOR = Path(__file__).with_name('actor_process.py')
# More updates than any machine makes in time, so that the learner has always something to do. The
# control loop has one core, the learner all others.
_PARAMETERS = """
learner:
  ros__parameters: {{utd_ratio: 100, max_debt_steps: 1000000, cpu_affinity: '{others}'}}
sim_bridge:
  ros__parameters: {{rt_priority: {bridge_priority}}}
actor:
  ros__parameters: {{random_steps: 100, rt_priority: {rt_priority}, cpu_affinity: '{own}'}}
"""


class BusyRun:
    """Bridge, learner, monitor and a recorded actor, from the start of the recording to its end.

    :param rate: of the control loop [Hz]
    :param seconds: of the recording
    :param rt_priority: of the control thread, see the actor's parameter; the bridge's is lower
    :param directory: for what the run leaves
    :param arguments: more of them, as for `make train`
    :param later: names of processes that are not started at the beginning
    """

    def __init__(
        self,
        *,
        rate: float,
        seconds: float,
        directory: Path,
        rt_priority: int = 0,
        arguments: Mapping[str, str] | None = None,
        later: Collection[str] = (),
    ) -> None:
        self.domain_id = claim_domain_id()
        self.run_dir = directory / 'run'
        self._ticks = round(rate * seconds)
        self._files = tempfile.TemporaryDirectory(prefix='bench-')
        self._record = Path(self._files.name) / 'ticks.npz'
        # Without the checks that tests switch on: as a user's processes.
        self.environment = child_environment(self.domain_id) | {'ROS_PYTHON_CHECK_FIELDS': '0'}
        parameters = Path(self._files.name) / 'parameters.yaml'
        *others, own = sorted(os.sched_getaffinity(0), reverse=True)
        parameters.write_text(
            _PARAMETERS.format(
                rt_priority=rt_priority,
                bridge_priority=max(0, rt_priority - 2),
                own=own,
                others=','.join(str(cpu) for cpu in others or [own]),
            )
        )
        texts: Mapping[str, str] = {
            'control_rate': str(rate),
            'max_env_steps': '0',
            'params_file': str(parameters),
            'run_dir': str(self.run_dir),
            **(arguments or {}),
        }
        graph = train_graph(parse(texts, TrainArguments), config=config_directory()).processes
        self._processes = {process.label: process for process in graph}
        self._later = later
        self._children: dict[str, Child] = {}
        self._records = False
        self._log = (Path(self._files.name) / 'log').open('ab')  # the run's disk may be full

    def __enter__(self) -> BusyRun:
        for name in self._processes:
            if name not in self._later:
                self.start(name)
        self.await_that(lambda: self._records, 'the recording begins', 120.0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in list(self._children):
            self.kill(name)
        release_domain_id(self.domain_id)
        self._log.close()
        self._files.cleanup()

    def start(self, name: str) -> None:
        """Start one of the processes."""
        process = self._processes[name]
        prefix: tuple[str, ...] = ()
        executable, environment = find_executable(process.package, process.executable), {}
        if name == 'actor':
            prefix, executable = (sys.executable,), _ACTOR
            environment = {'TICKS': str(self._ticks), 'TICKS_FILE': str(self._record)}
        self._children[name] = Child(
            process,
            executable,
            {**self.environment, **environment},
            Path(self._files.name),
            prefix=prefix,
        )

    def kill(self, name: str) -> None:
        """End a process at once."""
        child = self._children.pop(name)
        child.kill_rest()
        while child.poll() is None:
            time.sleep(0.01)
        child.output.close()

    def end(self, name: str) -> None:
        """Let a process end in order, but wait for no other one's last words."""
        self.signal(name, signal.SIGINT)
        self.wait(0.2)
        self.signal(name, signal.SIGTERM)  # cuts the wait short
        self.await_that(lambda: self._children[name].poll() is not None, f'{name} ends', 20.0)
        self.kill(name)

    def pid(self, name: str) -> int:
        """Return the id of a process.

        :raises RuntimeError: where it has ended
        """
        if (code := self._children[name].poll()) is not None:
            raise RuntimeError(f'{name} ended with {code}\n{self.output()[-2000:]}')
        return self._children[name].pid

    def output(self) -> str:
        """Return what the processes have printed."""
        return Path(self._log.name).read_text(errors='replace')

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process."""
        os.kill(self._children[name].pid, number)

    def wait(self, seconds: float) -> None:
        """Let the run go on, or until the recording ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._children['actor'].poll() is None:
            self._drain()
            time.sleep(0.05)

    def record_so_far(self) -> Mapping[str, np.ndarray]:
        """End the actor and return what it has recorded, see `record`."""
        self.signal('actor', signal.SIGINT)
        self.await_that(lambda: self._children['actor'].poll() is not None, 'the end', 60.0)
        return self._recorded()

    def record(self, timeout: float) -> Mapping[str, np.ndarray]:
        """Wait until the recording is over and return it.

        :return: see actor_process.py and latency_parts.py

        :raises RuntimeError: where the actor ended before
        """
        self.await_that(lambda: self._children['actor'].poll() is not None, 'the end', timeout)
        record = self._recorded()
        if len(record['lateness']) < self._ticks:
            raise RuntimeError(f'the actor ended after {len(record["lateness"])} ticks')
        return record

    def await_that(self, condition: Callable[[], bool], what: str, timeout: float) -> None:
        """Let the run go on until something holds.

        :raises TimeoutError: where it does not in time [s]
        """
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f'{what}: not within {timeout:g} s\n{self.output()[-2000:]}')
            self._drain()
            time.sleep(0.05)

    def _recorded(self) -> Mapping[str, np.ndarray]:
        with np.load(self._record) as file:
            return with_parts(file)

    def _drain(self) -> None:
        for name, child in self._children.items():
            while said := child.read():
                self._log.write(said)
                self._records = self._records or (name == 'actor' and b'recording' in said)
        self._log.flush()
