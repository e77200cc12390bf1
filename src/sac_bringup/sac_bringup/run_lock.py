# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a run has to itself while one of its processes lives: its directory, its topics."""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import tempfile
from types import TracebackType

from sac_bringup.earlier_run import RUN_FILE
from sac_bringup.graph import Plan
from sac_bringup.log_directory import LOG_DIRECTORY
from sac_core.common_lock import open_common, try_lock, write_note
from sac_core.ros_environment import domain_id, environment_problems

# Files of a run that has not begun: this one, and the locks of its processes.
_NO_RECORDS = {RUN_FILE, 'lock'}


class RunLocks:
    """Locks that a run holds, and the file in its directory that says what it was started with.

    The locks are those of open files: who inherits `descriptors` holds them too, so that they are
    free when the last process of the run has ended, however it ended.

    :raises ValueError: where another run has the directory or the topics, or no node could start
        in this environment
    """

    def __init__(self, plan: Plan) -> None:
        for problem in environment_problems():
            raise ValueError(problem)
        self._directory: Path | None = None  # once it is this run's own
        self._earlier_file: str | None = None
        self.descriptors: list[int] = []
        try:
            self._claim_topics(plan)
            if plan.file is not None and plan.run_dir is not None:
                self._claim_directory(plan.run_dir)
                if (path := plan.run_dir / RUN_FILE).exists():
                    self._earlier_file = path.read_text(encoding='utf-8')
                _write(path, plan.file.text())
        except ValueError:
            self.release()
            raise
        except OSError as error:
            self.release()
            raise ValueError(f'run_dir {plan.run_dir} cannot be written: {error}') from error

    def __enter__(self) -> RunLocks:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def refused(self) -> None:
        """Forget what the run was started with: a process did not take it."""
        if self._directory is not None and self._earlier_file is not None:
            _write(self._directory / RUN_FILE, self._earlier_file)

    def release(self) -> None:
        """Give everything back; of a run that left nothing, nothing stays."""
        if self._directory is not None and _files(self._directory) <= _NO_RECORDS:
            shutil.rmtree(self._directory, ignore_errors=True)
        while self.descriptors:
            os.close(self.descriptors.pop())

    def _claim_directory(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY)
        self.descriptors.append(descriptor)
        if not try_lock(descriptor):
            raise ValueError(f'the run in {path} is still running: wait for its end')
        self._directory = path

    def _claim_topics(self, plan: Plan) -> None:
        """Claim a namespace of a ROS domain, as far as this machine can tell."""
        domain = domain_id()
        # Network namespaces do not hear each other.
        network = os.stat('/proc/self/ns/net').st_ino
        name = f'sac_run-{network}-{domain}-{plan.namespace.replace("/", ".")}.lock'
        path = Path(tempfile.gettempdir(), name)
        try:
            descriptor = open_common(path)
        except OSError as error:
            raise ValueError(
                f'the lock file {path} cannot be opened: {error.strerror}; remove it when no run'
                ' goes on, or give namespace:=NAME or another ROS_DOMAIN_ID'
            ) from error
        self.descriptors.append(descriptor)
        if not try_lock(descriptor):
            raise ValueError(
                f'another run on this machine uses the ROS domain {domain} and the namespace'
                f' /{plan.namespace}: {os.pread(descriptor, 1000, 0).decode()}; wait for its end,'
                ' or give namespace:=NAME or another ROS_DOMAIN_ID'
            )
        write_note(descriptor, f'process {os.getpid()}, run_dir {plan.run_dir}')


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f'.{path.name}.part')
    beside.write_text(text, encoding='utf-8')
    beside.replace(path)


def _files(directory: Path) -> set[str]:
    """:return: names of the files below it, but for the logs of its processes"""
    logs = directory / LOG_DIRECTORY
    return {
        each.name
        for each in directory.rglob('*')
        if not each.is_dir() and logs not in each.parents
    }
