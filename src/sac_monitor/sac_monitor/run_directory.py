# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The files that a run leaves: written so that a monitor killed at any instant leaves them whole.

Lines are appended and flushed one by one; everything else is written beside its place and renamed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import json
import os
from pathlib import Path
import tempfile
from typing import Any

from sac_monitor.lines_file import LinesFile
from sac_monitor.records import Record
import yaml

CONFIG = 'config.yaml'
METRICS = 'metrics.jsonl'
EPISODES = 'episodes.jsonl'
CHANGES = 'changes.jsonl'
SUMMARY = 'summary.json'
LEARNING_CURVE = 'learning_curve.png'


class RunDirectory:
    """One run's directory. Nothing is written into it before `create`.

    :param path: need not exist yet, nor its parents
    :param resume: append to the records that are there
    :raises ValueError: where nothing can be written there, or it holds records and `resume` is
        false
    """

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        self.path = path
        self.holds_records = any(
            (path / name).exists() for name in (CONFIG, METRICS, EPISODES, SUMMARY)
        )
        self._config_kept = not self.holds_records
        self._metrics: LinesFile | None = None
        self._episodes: LinesFile | None = None
        self._changes: LinesFile | None = None
        _check_writable(path)
        if self.holds_records and not resume:
            raise ValueError(
                f'run_dir {path} holds another run: choose another one, or set resume'
            )

    def create(self) -> None:
        """Make the directory and open the files that grow.

        :raises OSError: where that fails
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self._metrics = LinesFile(self.path / METRICS)
        self._episodes = LinesFile(self.path / EPISODES)

    def append_metrics(self, record: Record) -> None:
        """Add a line to metrics.jsonl."""
        _append(self._metrics, record)

    def append_episode(self, record: Record) -> None:
        """Add a line to episodes.jsonl."""
        _append(self._episodes, record)

    def append_change(self, record: Record) -> None:
        """Add a line to changes.jsonl, which is there once something was changed."""
        self._changes = self._changes or LinesFile(self.path / CHANGES)
        _append(self._changes, record)

    def write_summary(self, record: Record) -> None:
        """Replace summary.json."""
        _replace(self.path / SUMMARY, json.dumps(record, indent=2, allow_nan=False) + '\n')

    def write_config(self, parameters: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace config.yaml; an earlier monitor's that differs is kept under a numbered name.

        :param parameters: those of each node, by its fully qualified name
        """
        path = self.path / CONFIG
        if not self._config_kept and _contradict(read_config(self.path), parameters):
            self._config_kept = True
            count = len(list(self.path.glob('config_*.yaml'))) + 1
            path.rename(self.path / f'config_{count}.yaml')
        # The layout of a ROS parameter file, so that --params-file takes it as it is.
        nodes = {name: {'ros__parameters': dict(values)} for name, values in parameters.items()}
        text = '# Every parameter of every node as used in this run; a ROS 2 parameter file.\n'
        _replace(path, text + yaml.dump(nodes, Dumper=_Dumper, width=99))

    def close(self) -> None:
        """Close the files that grow."""
        for stream in (self._metrics, self._episodes, self._changes):
            if stream:
                stream.close()


def read_lines(path: Path) -> list[Record]:
    """Read a .jsonl file; a line that a killed process left unfinished is left out."""
    return list(each_line(path))


def each_line(path: Path) -> Iterator[Record]:
    """Read a .jsonl file as `read_lines` does, one line at a time."""
    if not path.exists():
        return
    with path.open(encoding='utf-8', errors='replace') as stream:
        for line in stream:
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue
            if isinstance(record, dict):
                yield record


def read_config(run_dir: Path) -> dict[str, dict[str, Any]]:
    """Read the parameters of each node from config.yaml, none where it is missing or damaged."""
    try:
        content = yaml.safe_load((run_dir / CONFIG).read_text(encoding='utf-8'))
        return {str(name): dict(each['ros__parameters']) for name, each in content.items()}
    except (OSError, ValueError, yaml.YAMLError, AttributeError, KeyError, TypeError):
        return {}


def read_summary(run_dir: Path) -> Record | None:
    """Read summary.json, None where there is none.

    :raises ValueError: where it cannot be read
    """
    path = run_dir / SUMMARY
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise ValueError(f'cannot read {path}: {error}') from error
    if not isinstance(record, dict):
        raise ValueError(f'cannot read {path}: it holds no JSON object')
    return record


def _check_writable(path: Path) -> None:
    """Try it in the nearest directory that exists: permissions alone do not tell."""
    place = path.absolute()
    while not os.path.lexists(place):
        place = place.parent
    try:
        with tempfile.TemporaryDirectory(prefix='.run_dir_check_', dir=place):
            pass
    except OSError as error:
        raise ValueError(f'run_dir {path} cannot be written: {place}: {error.strerror}') from error


def _append(stream: LinesFile | None, record: Record) -> None:
    if stream is None:
        raise RuntimeError('create the run directory before anything is written into it')
    stream.append(json.dumps(record, allow_nan=False))


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f'.{path.name}.part')
    beside.write_text(text, encoding='utf-8')
    beside.replace(path)


def _contradict(
    written: Mapping[str, Mapping[str, Any]], parameters: Mapping[str, Mapping[str, Any]]
) -> bool:
    return any(
        name not in parameters or dict(values) != dict(parameters[name])
        for name, values in written.items()
    )


class _Dumper(yaml.SafeDumper):
    """Writes lists in one line, as people write [256, 256]."""


_Dumper.add_representer(
    list,
    lambda dumper, values: dumper.represent_sequence(
        'tag:yaml.org,2002:seq', values, flow_style=True
    ),
)
