# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The transitions of recordings: checked as those of a topic are, each of them once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from sac_core.arrays import CountArray
from sac_core.message_validation import batch_from_message, robot_spec_from_message
from sac_core.recordings.decoding import read_messages
from sac_core.recordings.files import recording_files
from sac_core.spaces import RobotSpec
from sac_core.transitions import TransitionBatch, Transitions

ENV_SPEC = 'sac_interfaces/msg/EnvSpec'
TRANSITION_BATCH = 'sac_interfaces/msg/TransitionBatch'
EPISODE = 'sac_interfaces/msg/Episode'

Warn = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class RecordedTransitions:
    """What recordings of one robot hold, in the order of sessions and sequence numbers.

    :param sessions: (n,) actor session of each row
    :param sequences: (n,) its number in the session
    :param successful: (n,) whether the episode of the row was one that achieved the task
    :param repeated: rows that were recorded more than once, and are here once
    """

    spec: RobotSpec
    rows: Transitions
    sessions: CountArray
    sequences: CountArray
    successful: np.typing.NDArray[np.bool_]
    repeated: int

    @property
    def missing(self) -> int:
        """Rows that are not here, though earlier and later ones of their session are."""
        same = np.diff(self.sessions) == 0
        return int((np.diff(self.sequences)[same] - np.uint64(1)).sum())


def recorded_robot(path: Path) -> RobotSpec:
    """Tell which robot a recording is of, by the first description in it.

    :param path: a file, the directory of a recording, or that of a run that was recorded
    :raises ValueError: where there is no recording, or it does not say
    """
    for file in recording_files(path):
        for message in read_messages(file, (ENV_SPEC,), lambda _: None):
            return robot_spec_from_message(message.fields)
    raise ValueError(f'recording {path} does not say of which robot it is: no env_spec')


def read_transitions(paths: Sequence[Path], warn: Warn) -> RecordedTransitions:
    """Read all transitions of some recordings.

    :param paths: each a file, the directory of a recording, or that of a run that was recorded
    :param warn: takes a line about what is damaged or refused, and left out
    :raises OSError: where a file cannot be read
    :raises ValueError: where there is no recording, none of its files says of which robot it is,
        or two are of different robots, naming the fields
    """
    files = {path: recording_files(path) for path in paths}
    spec = _common_spec({path: _specs(each, warn) for path, each in files.items()})
    batches: list[TransitionBatch] = []
    successes: set[tuple[int, int]] = set()
    for file in [file for each in files.values() for file in each]:
        batches += _batches(file, spec, successes, warn)
    recorded = _each_once(spec, batches, successes)
    if gaps := recorded.missing:
        warn(f'{gaps} transitions between those that were recorded are missing')
    return recorded


def _specs(files: Iterable[Path], warn: Warn) -> list[RobotSpec]:
    found = []
    for file in files:
        for message in read_messages(file, (ENV_SPEC,), lambda _: None):  # warned of once, below
            try:
                found.append(robot_spec_from_message(message.fields))
            except ValueError as error:
                warn(f'{file}: a description of the robot is refused: {error}')
    return found


def _common_spec(specs: dict[Path, list[RobotSpec]]) -> RobotSpec:
    common: RobotSpec | None = None
    origin = None
    for path, found in specs.items():
        if not found:
            raise ValueError(f'recording {path} does not say of which robot it is: no env_spec')
        for each in found:
            if common is None or origin is None:
                common, origin = each, path
            elif difference := common.difference(each):
                raise ValueError(
                    f'recording {path} is of another robot than {origin}: {difference}'
                )
    if common is None:
        raise ValueError('no recording is given')
    return common


def _batches(
    file: Path, spec: RobotSpec, successes: set[tuple[int, int]], warn: Warn
) -> list[TransitionBatch]:
    by_run: dict[int, list[TransitionBatch]] = {}
    refused, reason = 0, ''
    for message in read_messages(file, (TRANSITION_BATCH, EPISODE), warn):
        told = message.fields
        if message.type_name == EPISODE:
            if told.success:
                successes.add((told.actor_session, told.episode_id))
            continue
        try:
            batch = batch_from_message(told, spec)
            by_run.setdefault(getattr(told, 'run_id', 0), []).append(batch)  # older ones have none
        except ValueError as error:
            refused, reason = refused + 1, str(error)
    if refused:
        warn(f'{file}: {refused} batches are refused, the last because {reason}')
    # Another run may have been heard on the same topics, before it was refused there.
    own = max(by_run, key=lambda run_id: len(by_run[run_id]), default=0)
    if foreign := sum(len(each) for run_id, each in by_run.items() if run_id != own):
        warn(f'{file}: {foreign} batches of other runs than run {own} are left out')
    return by_run.get(own, [])


def _each_once(
    spec: RobotSpec, batches: list[TransitionBatch], successes: set[tuple[int, int]]
) -> RecordedTransitions:
    """Put rows in order and leave out repeated ones; sessions come as they were first heard."""
    empty = Transitions.empty(0, observation_dim=spec.observation_dim, action_dim=spec.action_dim)
    order = {
        session: n for n, session in enumerate(dict.fromkeys(b.actor_session for b in batches))
    }
    counts = [len(batch.rows) for batch in batches]
    sessions = np.repeat(np.array([b.actor_session for b in batches], np.uint64), counts)
    places = np.repeat(np.array([order[b.actor_session] for b in batches], np.int64), counts)
    sequences = np.concatenate(
        [np.zeros(0, np.uint64)]
        + [np.uint64(b.first_sequence) + np.arange(len(b.rows), dtype=np.uint64) for b in batches]
    )
    by_place = np.lexsort((sequences, places))  # stable: of repeated rows, the first heard leads
    same = np.zeros(len(by_place), bool)
    same[1:] = (np.diff(places[by_place]) == 0) & (np.diff(sequences[by_place]) == 0)
    chosen = by_place[~same]
    rows = Transitions(
        *(
            np.concatenate([getattr(empty, name)] + [getattr(b.rows, name) for b in batches])[
                chosen
            ]
            for name in (field.name for field in fields(Transitions))
        )
    )
    sessions = sessions[chosen]
    successful = np.zeros(len(chosen), bool)
    for session in order:
        episodes = [episode for actor, episode in successes if actor == session]
        mine = sessions == np.uint64(session)
        successful[mine] = np.isin(rows.episode_ids[mine], np.array(episodes, np.uint64))
    return RecordedTransitions(
        spec, rows, sessions, sequences[chosen], successful, int(same.sum())
    )
