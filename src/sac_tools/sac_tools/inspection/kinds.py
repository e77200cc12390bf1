# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tells what a file or directory is, and has it inspected."""

from __future__ import annotations

from pathlib import Path

from sac_core.latest import follow_latest, LATEST
from sac_tools.inspection.policies import Facts, inspect_checkpoint, inspect_policy
from sac_tools.inspection.transitions import inspect_recording, inspect_replay_directory
from sac_tools.runs.places import is_run

KNOWN = 'a run, checkpoint, replay directory, recording (.mcap) or policy (.safetensors, .onnx)'


def inspect_path(path: Path) -> list[Facts]:
    """Describe what there is: of a run its newest checkpoint, its replay and its recording.

    :raises ValueError: where it is nothing that is known, or damaged beyond reading
    :raises OSError: where it cannot be read
    """
    path = follow_latest(path)
    if path.is_file():
        if path.suffix == '.mcap':
            return [inspect_recording(path)]
        if path.suffix in ('.safetensors', '.onnx'):
            return [inspect_policy(path)]
    elif (path / 'learner.json').exists() or (path / 'policy.safetensors').exists():
        return [inspect_checkpoint(path)]
    elif (path / 'rows.bin').exists():
        return [inspect_replay_directory(path)]
    elif path.is_dir() and is_run(path):
        return _inspect_run(path)
    elif path.is_dir() and any(path.rglob('*.mcap')):
        return [inspect_recording(path)]
    elif not path.exists():
        raise ValueError(f'{path}: no such file or directory')
    raise ValueError(f'{path} is not {KNOWN}')


def _inspect_run(path: Path) -> list[Facts]:
    found = []
    latest = follow_latest(path / 'checkpoints' / LATEST)
    if latest.exists():
        found.append(inspect_checkpoint(latest))
    if (path / 'replay').is_dir():
        found.append(inspect_replay_directory(path / 'replay'))
    if (path / 'recording').is_dir():
        found.append(inspect_recording(path / 'recording'))
    if not found:
        raise ValueError(f'{path} is a run that has left no checkpoint, replay or recording')
    return found
