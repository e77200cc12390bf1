# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Inspects what holds transitions: replay directories and recordings."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from sac_core.recordings.files import recording_files
from sac_core.recordings.message_stream import MessageStream
from sac_core.recordings.transitions import read_transitions
from sac_tools.inspection.policies import Facts
from sac_tools.inspection.ranges import Ranges


def inspect_replay_directory(path: Path) -> Facts:
    """Describe a replay directory; every row's checksum is verified.

    :raises ValueError: where it is damaged beyond reading
    :raises OSError: where there is none
    """
    from sac_learner.replay_files.inspection import inspect_replay, read_rows

    report = inspect_replay(path)
    ranges = Ranges()
    for rows in read_rows(path):
        ranges.add(lambda name, rows=rows: rows[name])  # type: ignore[misc]
    problems = []
    if report.damaged:
        problems.append(f'{report.damaged} transitions are damaged: a learner leaves them out')
    if report.cut:
        problems.append(f'the newest {report.cut} transitions are not whole: a learner cuts them')
    return {
        'kind': 'replay',
        'path': str(path),
        'problems': problems,
        **asdict(report.layout),
        'total': report.total,
        'rows': report.rows,
        'duplicates': report.duplicates,
        'lost': report.lost,
        **ranges.facts(),
        'sessions': [asdict(account) for account in report.sessions],
    }


def inspect_recording(path: Path) -> Facts:
    """Describe a recording; every chunk's checksum is verified.

    :param path: a file .mcap, or a directory of them
    :raises ValueError: where there is none
    """
    files, problems = recording_files(path), []
    topics: Counter[tuple[str, str]] = Counter()
    times: list[int] = []
    for file in files:
        stream = MessageStream(file)
        for schema, channel, message in stream:
            topics[channel.topic, schema.name] += 1
            times = [min([message.log_time, *times]), max([message.log_time, *times])]
        problems += [f'{file.name}: {problem}' for problem in stream.problems]
        if not stream.complete and not stream.problems:
            problems.append(f'{file.name}: has no end: it is being written, or was cut short')
    facts: Facts = {
        'kind': 'recording',
        'path': str(path),
        'problems': problems,
        'files': len(files),
        'bytes': sum(file.stat().st_size for file in files),
        'duration_s': (times[-1] - times[0]) * 1e-9 if times else 0.0,
        'topics': [
            {'topic': topic, 'type': kind, 'messages': count}
            for (topic, kind), count in sorted(topics.items())
        ],
    }
    return facts | _recorded_rows(path, problems)


def _recorded_rows(path: Path, problems: list[str]) -> dict[str, Any]:
    def warn(text: str) -> None:
        if not any(text.endswith(f'{known}; what is whole is used') for known in problems):
            problems.append(text)

    try:
        recorded = read_transitions([path], warn)
    except ValueError as error:  # of other topics only
        problems.append(str(error))
        return {'rows': 0}
    ranges = Ranges()
    ranges.add(lambda name: getattr(recorded.rows, name))
    sessions = [
        {
            'session': int(session),
            'rows': int((recorded.sessions == session).sum()),
            'episodes': len(np.unique(recorded.rows.episode_ids[recorded.sessions == session])),
        }
        for session in dict.fromkeys(recorded.sessions.tolist())
    ]
    return {
        'env_id': recorded.spec.env_id,
        'observation_dim': recorded.spec.observation_dim,
        'action_dim': recorded.spec.action_dim,
        'rows': len(recorded.rows),
        'repeated': recorded.repeated,
        'successful_rows': int(recorded.successful.sum()),
        **ranges.facts(),
        'sessions': sessions,
    }
