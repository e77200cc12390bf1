# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""For tests of what is drawn: actors whose observations name where each transition belongs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sac_core.transitions import TransitionBatch, Transitions
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.batch import Batch
from sac_learner.config import SacConfig
from sac_learner.learner import Learner

from .fakes import make_spec
from .resumed_run import Run


@dataclass
class Actor:
    """Sends its stream in batches; each observation names the actor, the episode and the step."""

    session: int
    episode: int = 0
    step: int = 0
    sequence: int = 0

    def batch(self, ends: str) -> TransitionBatch:
        """Make one transition for each letter: '-' goes on, 't'erminated, 'u' truncated, and 'x'
        where the episode was given up without a word after this one.
        """
        rows = Transitions.empty(len(ends), observation_dim=3, action_dim=2)
        for i, end in enumerate(ends):
            rows.observations[i] = self.session, self.episode, self.step
            rows.next_observations[i] = self.session, self.episode, self.step + 1
            rows.rewards[i] = self.session * 1000 + self.episode * 100 + self.step
            rows.terminated[i], rows.truncated[i] = end == 't', end == 'u'
            self.step += 1
            if end != '-':
                self.episode, self.step = self.episode + 1, 0
        self.sequence += len(ends)
        return TransitionBatch(
            actor_session=self.session,
            actor=f'/actor_{self.session}',
            first_sequence=self.sequence - len(ends),
            oldest_sequence=0,
            rows=rows,
        )


def drawn(batch: Batch) -> Iterator[tuple[tuple[float, ...], tuple[float, ...]]]:
    starts, ends = batch.observations.tolist(), batch.next_observations.tolist()
    sums = zip(batch.rewards.tolist(), batch.bootstrap.tolist(), strict=True)
    for start, both, end in zip(starts, sums, ends, strict=True):
        yield tuple(start), (*both, *end)


def make_learner(config: SacConfig, capacity: int = 1000) -> Learner:
    settings = replace(Run(Path()).settings, replay_dir='', replay_capacity=capacity)
    return Learner(config, settings, make_spec(), SacStep(config, 3, 2))
