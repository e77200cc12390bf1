# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a case is judged by: every transition that was produced is stored, once, and unchanged."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass

import numpy as np
from sac_learner.replay_files.inspection import inspect_replay, read_rows

from chaos.witness import row_digests
from chaos.world import World


@dataclass(frozen=True)
class Figures:
    """What became of the transitions of a case.

    :param steps_seen: steps of the robot that the witness saw; a step whose answer found no actor
        alive is no transition
    :param produced: transitions that the actors closed, by their own count
    :param sent: different transitions that the witness saw on the wire
    :param stored: different rows in the replay files
    :param lost: produced, or seen on the wire, and not stored
    :param duplicates: rows that are in the replay files more than once
    :param bad_stored: rows in the replay files that are damaged, not finite, or not what the
        witness heard; one that it missed must begin and end where it saw the robot, or where
        other rows end and begin; only the last row of an actor may end where nobody saw it
    :param max_period_ms: longest time between two ticks of a control loop
    :param stolen_percent: of the processors' time, withheld by the host of this machine
    """

    steps_seen: int
    produced: int
    sent: int
    stored: int
    lost: int
    duplicates: int
    bad_stored: int
    max_period_ms: float
    stolen_percent: float

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing, double or bad."""
        return not (self.lost or self.duplicates or self.bad_stored)

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def measure(world: World) -> Figures:
    """Compare what the robot did, what was sent and what the replay files hold.

    :param world: whose run has ended
    """
    world.settle()
    witness, replay = world.witness, world.run_dir / 'replay'
    report = inspect_replay(replay)
    sent = set(witness.sent.values())
    stored: Counter[bytes] = Counter()
    begins, ends = set(witness.observations), set(witness.observations)
    missed: list[tuple[bytes, bytes]] = []  # begin and end of the rows that the witness missed
    bad = report.damaged + report.cut
    for rows in read_rows(replay):
        before, after = rows['observations'], rows['next_observations']
        columns = (before, rows['actions'], rows['rewards'][:, None], after)
        bad += int((~np.isfinite(np.hstack(columns))).any(axis=1).sum())
        digests, row_begins, row_ends = (
            row_digests(*each) for each in (columns, (before,), (after,))
        )
        stored.update(digests)
        begins.update(row_begins)
        ends.update(row_ends)
        missed += [
            (begin, end)
            for digest, begin, end in zip(digests, row_begins, row_ends, strict=True)
            if digest not in sent
        ]
    bad += sum(begin not in ends for begin, _ in missed)
    # What a robot says last may die with its bridge before a busy witness takes it.
    bad += max(0, sum(end not in begins for _, end in missed) - len(witness.actors))
    produced = witness.actor_steps
    return Figures(
        steps_seen=len(witness.steps),
        produced=produced,
        sent=len(sent),
        stored=len(stored),
        lost=max(produced - len(stored), len(sent - set(stored))),
        duplicates=stored.total() - len(stored),
        bad_stored=bad,
        max_period_ms=round(1000 * witness.longest_period, 1),
        stolen_percent=round(100 * witness.stolen.take(), 1),
    )
