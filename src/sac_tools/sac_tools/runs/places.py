# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Finds run directories by path or by name, from wherever the command is called."""

from __future__ import annotations

from pathlib import Path

from sac_core.latest import follow_latest, LATEST

# A run's directory holds one of these; which of them depends on how far it has come.
TRACES = ('run.yaml', 'summary.json', 'config.yaml', 'episodes.jsonl')
_RUNS = 'runs'


def is_run(path: Path) -> bool:
    """Return whether a directory is that of a run."""
    return any((path / name).is_file() for name in TRACES)


def default_place() -> Path:
    """Return the directory of the runs: runs/ here or above, else that of the checkout."""
    here = Path.cwd()
    for parent in (here, *here.parents):
        if (parent / _RUNS).is_dir():
            return parent / _RUNS
    # src/sac_tools/sac_tools/runs/places.py, where the workspace was built with links to it
    checkout = Path(__file__).resolve().parents[4]
    return checkout / _RUNS if (checkout / 'Makefile').is_file() else here / _RUNS


def list_runs(place: Path) -> list[Path]:
    """List the run directories in a directory, or the one that it is.

    :raises ValueError: where there is no such directory
    """
    if not place.is_dir():
        raise ValueError(f'{place} is not a directory')
    if is_run(place):
        return [place]
    return sorted(path for path in place.iterdir() if path.is_dir() and is_run(path))


def find_run(text: str) -> Path:
    """Return the directory of a run.

    :param text: as given: a path, or a name in the default place
    :raises ValueError: where there is none
    """
    given = Path(text).expanduser()
    for path in (given, default_place() / text):
        if path.is_dir() and is_run(path):
            return path
    if given.is_dir():
        raise ValueError(f'RUN {text!r} holds no run: there is none of {", ".join(TRACES)}')
    raise ValueError(
        f'RUN {text!r}: no such directory, nor a run of that name in {default_place()}'
    )


def find_policy(text: str) -> Path:
    """Return the path of a policy: the newest checkpoint of a run, or what is given itself.

    :param text: a run, a checkpoint's directory, a file policy.safetensors or one in .onnx
    :raises ValueError: where there is none
    """
    given = follow_latest(Path(text).expanduser())
    if given.is_file() or (given / 'policy.safetensors').is_file():
        return given
    run = find_run(text)
    latest = follow_latest(run / 'checkpoints' / LATEST)
    if not latest.is_dir():
        raise ValueError(f'{run} has no checkpoint yet: there is no checkpoints/latest')
    return latest
