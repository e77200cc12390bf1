# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a replay directory holds and how: described in the header of both of its files.

`rows.bin` is a ring of transitions behind its header, `journal.bin` a sequence of records behind
its own. Either header tells all that is needed to read both files.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
import os
from pathlib import Path

import numpy as np
from sac_core.durable_file import decode_header, encode_header
from sac_learner.replay_files.journal import RECORD
from sac_learner.replay_rows import row_type

VERSION = 1
HEADER_BYTES = 4096
ROWS_FILE, JOURNAL_FILE = 'rows.bin', 'journal.bin'
MAGICS = {ROWS_FILE: b'SACROWS1', JOURNAL_FILE: b'SACJRNL1'}
# Rows in one record of the journal at most. The ring is longer than the capacity by two of these:
# rows that are being written never lie over a record of which a row still counts.
BLOCK_ROWS = 1024


class DamagedReplayError(ValueError):
    """A replay directory that cannot be read; says what to do."""


@dataclass(frozen=True)
class ReplayLayout:
    """What must agree between a replay directory and the learner that uses it."""

    capacity: int
    observation_dim: int
    action_dim: int
    env_id: str

    @property
    def ring(self) -> int:
        """Rows that the file holds."""
        return self.capacity + 2 * BLOCK_ROWS

    @property
    def row_type(self) -> np.dtype[np.void]:
        """Layout of a row."""
        return row_type(self.observation_dim, self.action_dim)

    def header(self, file: str) -> bytes:
        """Encode the header of one of the files.

        :raises ValueError: for an env_id that does not fit
        """
        described = {
            **asdict(self),
            'version': VERSION,
            'ring': self.ring,
            'row': _describe(self.row_type),
            'record': _describe(RECORD),
        }
        return encode_header(MAGICS[file], described, HEADER_BYTES)

    def difference(self, other: ReplayLayout) -> str:
        """Return in which fields two layouts differ; empty where they agree."""
        ours, theirs = asdict(self), asdict(other)
        return ', '.join(
            f'{_PARAMETERS.get(name, name)} {ours[name]!r} against {theirs[name]!r}'
            for name in ours
            if ours[name] != theirs[name]
        )


_PARAMETERS = {'capacity': 'replay_capacity'}


def read_layout(directory: Path) -> tuple[ReplayLayout, list[str]]:
    """Read the layout of a replay directory from either header.

    :return: the layout, and the names of files whose header is missing or damaged
    :raises DamagedReplayError: where neither can be read, or they are of another version
    """
    layouts, damaged, reasons = [], [], []
    for name, magic in MAGICS.items():
        try:
            with (directory / name).open('rb') as file:
                layouts.append(_decode(decode_header(magic, file.read(HEADER_BYTES))))
        except (OSError, ValueError, KeyError, TypeError) as error:
            damaged.append(name)
            reasons.append(f'{name}: {error}')
    if not layouts or any(layout != layouts[0] for layout in layouts):
        raise DamagedReplayError(
            f'replay_dir {directory}: its headers cannot be read ({"; ".join(reasons)});'
            ' move it away to begin without what it holds'
        )
    return layouts[0], damaged


def has_replay(directory: Path) -> bool:
    """Return whether there is a replay in a directory, whole or not.

    The journal is made first, whole, and the rows after it.
    """
    return any(os.path.lexists(directory / name) for name in MAGICS)


def _decode(fields: dict[str, int | str]) -> ReplayLayout:
    if fields['version'] != VERSION:
        raise ValueError(f'version {fields["version"]}, this learner reads {VERSION}')
    layout = ReplayLayout(
        capacity=int(fields['capacity']),
        observation_dim=int(fields['observation_dim']),
        action_dim=int(fields['action_dim']),
        env_id=str(fields['env_id']),
    )
    for name, own in (
        ('ring', layout.ring),
        ('row', _describe(layout.row_type)),
        ('record', _describe(RECORD)),
    ):
        if fields[name] != own:
            raise ValueError(f'{name} is {fields[name]!r}, this learner reads {own!r}')
    return layout


def _describe(kind: np.dtype[np.void]) -> str:
    """Name fields and types of a record, in the order in which they lie: for any reader."""
    assert kind.fields is not None
    return ', '.join(f'{name} {kind.fields[name][0].str}' for name in kind.names or ())
