# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The real processes of one run, each of which can be killed and started again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import os
from pathlib import Path
import signal
import tempfile
import time
from types import TracebackType

from sac_bringup.arguments import TrainArguments
from sac_bringup.child import Child
from sac_bringup.graph import train_graph
from sac_bringup.installation import config_directory, find_executable
from sac_bringup.parsing import parse
from sac_core.ros.testing import child_environment, Spinner

from chaos.witness import Witness

# A learner that one core carries beside everything else.
_PARAMETERS = """
learner: {ros__parameters: {hidden_dims: [64, 64], batch_size: 64, threads: 1,
    checkpoint_period: 5.0}}
actor: {ros__parameters: {status_period: 0.5}}
"""


class World:
    """A run of learner, monitor and robots with their actors, and a witness of what they say.

    :param run_dir: of the run
    :param log: file to which the processes' output is added
    :param arguments: key: value, as for `make train`
    :param environment: of the processes, beside what every test process has
    :param prefixes: name of a process: what its command line begins with, as on another machine
    :param spinner: of the witness; its domain is the run's
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        log: Path,
        arguments: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        prefixes: Mapping[str, Sequence[str]] | None = None,
        spinner: Spinner | None = None,
    ) -> None:
        self.run_dir = run_dir
        self._prefixes = prefixes or {}
        self._files = tempfile.TemporaryDirectory(prefix='chaos-')
        parameters = Path(self._files.name) / 'parameters.yaml'
        parameters.write_text(_PARAMETERS)
        texts = {
            'run_dir': str(run_dir),
            'params_file': str(parameters),
            'max_env_steps': '0',
            'log_level': 'info',
            **(arguments or {}),
        }
        graph = train_graph(parse(texts, TrainArguments), config=config_directory()).processes
        self._processes = {process.label: process for process in graph}
        self._spinner = spinner or Spinner()
        self._environment = {
            **child_environment(self._spinner.domain_id),
            **(environment or {}),
        }
        self.children: dict[str, Child] = {}
        self.kills = 0
        self._log = log.open('ab')
        self.witness = Witness(self._spinner)

    def __enter__(self) -> World:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill(*self.children)
        self._spinner.close()
        self._log.close()
        self._files.cleanup()

    @property
    def names(self) -> list[str]:
        """The processes of the run, whether they are up or not."""
        return list(self._processes)

    def start(self, *names: str) -> None:
        """Start processes; all of them where none is named, actors when the witness hears."""
        if not names:
            actors = [name for name in self._processes if name.startswith('actor')]
            self.start(*(name for name in self._processes if name not in actors))
            self.until(lambda: self.witness.observations, what='an observation')
            names = tuple(actors)
        for name in names:
            process = self._processes[name]
            executable = find_executable(process.package, process.executable)
            self.children[name] = Child(
                process,
                executable,
                self._environment,
                Path(self._files.name),
                prefix=self._prefixes.get(name, ()),
            )

    def kill(self, *names: str) -> None:
        """End processes at this very instant."""
        self.kills += len(names)
        children = [self.children.pop(name) for name in names]
        for child in children:
            child.kill_rest()
        for name, child in zip(names, children, strict=True):
            self._await_exit(name, child, timeout=10.0)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to one process."""
        os.kill(self.children[name].pid, number)

    def until(self, condition: Callable[[], object], *, what: str, timeout: float = 60.0) -> None:
        """Let the run go on until a condition holds.

        :raises AssertionError: where it does not in time, or a process that nobody killed is gone
        """
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f'{what}: not within {timeout:g} s')
            self._look()

    def await_stored(self, more: int, timeout: float = 90.0) -> None:
        """Wait until that many more transitions are stored than now."""
        enough = self.witness.stored + more
        self.until(
            lambda: self.witness.stored >= enough,
            what=f'{more} more transitions stored',
            timeout=timeout,
        )

    def wait(self, seconds: float) -> None:
        """Let the run go on for a while."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self._look()

    def end(self, timeout: float = 40.0) -> None:
        """End the run in order, as Ctrl-C does.

        :raises AssertionError: where a process fails in it or does not end
        """
        for child in self.children.values():
            child.end(signal.SIGINT)
        deadline = time.monotonic() + timeout
        while self.children:
            self._spinner.spin_for(0.05)
            for name, child in list(self.children.items()):
                self._drain(name, child)
                code = child.poll()
                if code is None and time.monotonic() > deadline:
                    raise AssertionError(f'{name} did not end within {timeout:g} s')
                if code is not None:
                    self._await_exit(name, self.children.pop(name), timeout=1.0)
                    assert code == 0, f'{name} ended with {code}'

    def settle(self) -> None:
        """Let the witness take all that has arrived for it."""
        heard = -1
        while heard != self.witness.heard:
            heard = self.witness.heard
            self._spinner.spin_for(0.2)

    def _look(self) -> None:
        self._spinner.spin_for(0.05)
        for name, child in self.children.items():
            self._drain(name, child)
            code = child.poll()
            assert code is None, f'{name} ended by itself with {code}'

    def _drain(self, name: str, child: Child) -> None:
        while data := child.read():
            self._log.write(data.replace(b'\n', f'\n[{name}] '.encode()))
        self._log.flush()

    def _await_exit(self, name: str, child: Child, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while child.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f'{name} survives SIGKILL')
            self._spinner.spin_for(0.01)
        self._drain(name, child)
        child.output.close()
        child.kill_rest()
