# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Hands curves to Weights & Biases, on a thread of its own: the service may be slow or away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
import secrets
from typing import Any

from sac_monitor.curves import Point

INSTALL = "pip install 'wandb>=0.19,<1'"
_ID_FILE = 'run_id'


class WandbRun:
    """A `CurveWriter`; a monitor that is started again continues with the same run.

    :param mode: 'online' or 'offline'; what was written offline, `wandb sync` uploads later
    :param name: of the run; empty: that of its directory
    :raises ValueError: where the package is not installed
    """

    def __init__(self, *, mode: str, project: str, name: str) -> None:
        try:
            import wandb
        except ImportError as error:
            raise ValueError(
                f"wandb '{mode}' needs a package that is not installed: {INSTALL}"
            ) from error
        self._wandb: Any = wandb
        self._mode = mode
        self._project = project
        self._name = name
        self._thread = ThreadPoolExecutor(1, 'wandb')
        self._under_way: list[Future[None]] = []

    def begin(self, run_dir: Path) -> None:
        """Begin the run, or continue with it."""
        self._do(lambda: self._begin(run_dir))

    def _begin(self, run_dir: Path) -> None:
        directory = run_dir / 'wandb'
        directory.mkdir(exist_ok=True)
        id_file = directory / _ID_FILE
        if not id_file.exists():
            id_file.write_text(secrets.token_hex(4))
        self._wandb.init(
            project=self._project,
            name=self._name or run_dir.name,
            id=id_file.read_text().strip(),
            resume='allow',
            mode=self._mode,
            dir=str(run_dir),
            settings=self._wandb.Settings(silent=True),
        )
        # Environment steps are the x-axis: a resumed run goes on there, whatever it wrote before.
        self._wandb.define_metric('*', step_metric='env_steps')

    def write(self, points: Iterable[Point], *, env_steps: int, time: float) -> None:
        """Hand over points."""
        values = {each.curve.name: each.value for each in points}
        self._do(lambda: self._wandb.log({'env_steps': env_steps, 'unix_time': time, **values}))

    def close(self) -> None:
        """Finish; waits for what is under way."""
        self._do(self._wandb.finish)
        self._thread.shutdown(wait=True)
        self._raise_failure()

    def _do(self, work: Callable[[], object]) -> None:
        self._under_way.append(self._thread.submit(self._guarded, work))
        self._raise_failure()

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except (self._wandb.Error, ValueError, RuntimeError) as error:
            raise OSError(f'wandb: {error}') from error

    def _raise_failure(self) -> None:
        """Raise what a step that has ended by now raised."""
        done = [each for each in self._under_way if each.done()]
        self._under_way = [each for each in self._under_way if not each.done()]
        for each in done:
            each.result()
