# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong around a control loop: a learner that dies or hangs, a flood, a full disk."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from types import TracebackType

from sac_core.child_process import bound_to_this_process

from loops.busy_run import BusyRun

_FLOOD = Path(__file__).with_name('flood_process.py')
_SMALL_DISK = '400m'


class DisturbanceUnavailableError(RuntimeError):
    """This machine does not allow it; the text says why."""


class Disturbance:
    """One kind of trouble, and where a run that meets it is kept.

    :param directory: an empty one
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __enter__(self) -> Disturbance:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Undo what it made."""

    def run(self, run: BusyRun, seconds: float) -> tuple[int, int]:
        """Make trouble for a while.

        :return: when it began and ended [ns, monotonic]
        """
        begun_ns = time.monotonic_ns()
        self.trouble(run, seconds)
        return begun_ns, time.monotonic_ns()

    def trouble(self, run: BusyRun, seconds: float) -> None:
        """Make trouble for a while."""
        raise NotImplementedError


class LearnerKilled(Disturbance):
    """The learner is killed, and started again halfway."""

    def trouble(self, run: BusyRun, seconds: float) -> None:
        run.kill('learner')
        run.wait(seconds / 2)
        run.start('learner')
        run.wait(seconds / 2)


class LearnerStopped(Disturbance):
    """The learner hangs for 5 s, as under a debugger."""

    def trouble(self, run: BusyRun, seconds: float) -> None:
        run.signal('learner', signal.SIGSTOP)
        run.wait(min(5.0, seconds / 2))
        run.signal('learner', signal.SIGCONT)
        run.wait(max(seconds - 5.0, seconds / 2))


class Flood(Disturbance):
    """1,000 messages a second that mean nothing, on every topic that the actor listens to."""

    words = ('hostile', '1000')

    def trouble(self, run: BusyRun, seconds: float) -> None:
        environment = {**os.environ, 'ROS_DOMAIN_ID': str(run.domain_id)}
        flood = subprocess.Popen(
            [sys.executable, str(_FLOOD), *self.words],
            env=environment,
            preexec_fn=bound_to_this_process(),
        )
        try:
            run.wait(seconds)
            if flood.poll() is not None:
                raise RuntimeError(f'the flood ended with {flood.returncode}')
        finally:
            flood.kill()
            flood.wait()


class Weights(Flood):
    """100 new policies a second."""

    words = ('weights', '100')


class FullDisk(Disturbance):
    """The disk of the run has no room left."""

    def __enter__(self) -> Disturbance:
        mount = ['mount', '-t', 'tmpfs', '-o', f'size={_SMALL_DISK}', 'tmpfs', str(self.directory)]
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        if done.returncode:
            raise DisturbanceUnavailableError(f'no small disk: {done.stderr.strip()}')
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        subprocess.run(['umount', str(self.directory)], check=True)

    def trouble(self, run: BusyRun, seconds: float) -> None:
        filler = self.directory / 'filler'
        try:
            with filler.open('wb', buffering=0) as file:
                while True:
                    file.write(bytes(1 << 20))
        except OSError:
            run.wait(seconds)
        filler.unlink()


DISTURBANCES: dict[str, Callable[[Path], Disturbance]] = {
    'learner_kill': LearnerKilled,
    'learner_stop': LearnerStopped,
    'flood': Flood,
    'weights': Weights,
    'full_disk': FullDisk,
}
