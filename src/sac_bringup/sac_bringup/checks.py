# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Checks of directories before a process starts, which leave nothing behind."""

from __future__ import annotations

import importlib.util
from pathlib import Path
import tempfile
import time

from sac_actor.policy_environment import (
    environment_of_policy,
    parameters_of_policy,
    PolicyEnvironment,
)
from sac_actor.policy_file import read_policy

_TRACES_OF_A_RUN = ('run.yaml', 'config.yaml', 'metrics.jsonl', 'checkpoints')


def new_run_dir(text: str | None, env_id: str) -> Path:
    """Return the absolute run directory, which can be created or exists and holds no run.

    :param text: as given by the user; None: runs/ENV-TIME below the working directory
    :raises ValueError: where it holds a run or cannot be written
    """
    if text is None:
        stamp = time.strftime('%Y%m%d-%H%M%S')
        path = Path('runs', f'{env_id.replace("/", "-")}-{stamp}').absolute()
    else:
        path = Path(text).expanduser().absolute()
    if any((path / name).exists() for name in _TRACES_OF_A_RUN):
        raise ValueError(f'run_dir {path} already holds a run: choose another, or remove it')
    if reason := why_not_writable(path):
        raise ValueError(f'run_dir {path} is not writable: {reason}')
    return path


def why_not_writable(directory: Path) -> str:
    """Say why a directory cannot be written, or made where it is not there; empty where it can."""
    existing = next(each for each in (directory, *directory.parents) if each.exists())
    try:
        Path(tempfile.mkdtemp(prefix='.write_check-', dir=existing)).rmdir()
    except OSError as error:
        return error.strerror or str(error)
    return ''


def wandb_is_installed(mode: str) -> None:
    """Check that what the monitor is to use is there, before a robot moves.

    :raises ValueError: where it is not, with the command that installs it
    """
    if mode != 'off' and importlib.util.find_spec('wandb') is None:
        raise ValueError(
            f"wandb:={mode} needs a package that is not installed: pip install 'wandb>=0.19,<1'"
        )


def existing_checkpoint(text: str) -> tuple[Path, PolicyEnvironment]:
    """Return the absolute path of a policy and the environment that it is for.

    :param text: as given by the user: the directory of a checkpoint, or a file of a policy
    :raises ValueError: where it holds no valid policy, or its run's file is damaged
    """
    path = Path(text).expanduser().absolute()
    return path, environment_of_policy(read_policy(str(path)), parameters_of_policy(path))
